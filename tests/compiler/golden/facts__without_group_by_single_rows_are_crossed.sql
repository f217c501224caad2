-- duckdb
WITH "orders__agg" AS (
  SELECT
    SUM("orders"."amount") AS "_amount_sum"
  FROM "shop"."orders"
), "refunds__agg" AS (
  SELECT
    SUM("refunds"."refund") AS "_refund_sum"
  FROM "shop"."refunds"
)
SELECT
  "orders__agg"."_amount_sum" AS "revenue",
  "refunds__agg"."_refund_sum" AS "refunded",
  "orders__agg"."_amount_sum" - "refunds__agg"."_refund_sum" AS "net"
FROM "orders__agg"
CROSS JOIN "refunds__agg"

-- databricks
WITH `orders__agg` AS (
  SELECT
    SUM(`orders`.`amount`) AS `_amount_sum`
  FROM `shop`.`orders`
), `refunds__agg` AS (
  SELECT
    SUM(`refunds`.`refund`) AS `_refund_sum`
  FROM `shop`.`refunds`
)
SELECT
  `orders__agg`.`_amount_sum` AS `revenue`,
  `refunds__agg`.`_refund_sum` AS `refunded`,
  `orders__agg`.`_amount_sum` - `refunds__agg`.`_refund_sum` AS `net`
FROM `orders__agg`
CROSS JOIN `refunds__agg`
