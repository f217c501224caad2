-- duckdb
WITH "orders__agg" AS (
  SELECT
    SUM("orders"."amount") AS "_amount_sum"
  FROM "shop"."orders"
  WHERE
    "orders"."is_gift"
), "orders__agg_2" AS (
  SELECT
    SUM("orders"."amount") AS "_amount_sum"
  FROM "shop"."orders"
)
SELECT
  CAST("orders__agg"."_amount_sum" AS DOUBLE) / NULLIF("orders__agg_2"."_amount_sum", 0) AS "gift_share"
FROM "orders__agg"
CROSS JOIN "orders__agg_2"

-- databricks
WITH `orders__agg` AS (
  SELECT
    SUM(`orders`.`amount`) AS `_amount_sum`
  FROM `shop`.`orders`
  WHERE
    `orders`.`is_gift`
), `orders__agg_2` AS (
  SELECT
    SUM(`orders`.`amount`) AS `_amount_sum`
  FROM `shop`.`orders`
)
SELECT
  CAST(`orders__agg`.`_amount_sum` AS DOUBLE) / NULLIF(`orders__agg_2`.`_amount_sum`, 0) AS `gift_share`
FROM `orders__agg`
CROSS JOIN `orders__agg_2`
