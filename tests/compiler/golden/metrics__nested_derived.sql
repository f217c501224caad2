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
  (
    "orders__agg"."_amount_sum" - "refunds__agg"."_refund_sum"
  ) * 0.9 - CAST("orders__agg"."_amount_sum" AS DOUBLE) / 100 AS "net_of_fee"
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
  (
    `orders__agg`.`_amount_sum` - `refunds__agg`.`_refund_sum`
  ) * 0.9 - CAST(`orders__agg`.`_amount_sum` AS DOUBLE) / 100 AS `net_of_fee`
FROM `orders__agg`
CROSS JOIN `refunds__agg`
