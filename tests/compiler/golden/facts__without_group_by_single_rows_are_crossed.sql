-- duckdb
WITH "orders__agg" AS (
  SELECT
    SUM("orders"."amount") AS "amount_sum"
  FROM "shop"."orders"
), "refunds__agg" AS (
  SELECT
    SUM("refunds"."refund") AS "refund_sum"
  FROM "shop"."refunds"
)
SELECT
  "orders__agg"."amount_sum" AS "revenue",
  "refunds__agg"."refund_sum" AS "refunded",
  "orders__agg"."amount_sum" - "refunds__agg"."refund_sum" AS "net"
FROM "orders__agg"
CROSS JOIN "refunds__agg"

-- databricks
WITH `orders__agg` AS (
  SELECT
    SUM(`orders`.`amount`) AS `amount_sum`
  FROM `shop`.`orders`
), `refunds__agg` AS (
  SELECT
    SUM(`refunds`.`refund`) AS `refund_sum`
  FROM `shop`.`refunds`
)
SELECT
  `orders__agg`.`amount_sum` AS `revenue`,
  `refunds__agg`.`refund_sum` AS `refunded`,
  `orders__agg`.`amount_sum` - `refunds__agg`.`refund_sum` AS `net`
FROM `orders__agg`
CROSS JOIN `refunds__agg`
