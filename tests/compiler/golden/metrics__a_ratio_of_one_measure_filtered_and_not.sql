-- duckdb
WITH "orders__agg" AS (
  SELECT
    SUM("orders"."amount") AS "amount_sum"
  FROM "shop"."orders"
  WHERE
    "orders"."is_gift"
), "orders__agg_2" AS (
  SELECT
    SUM("orders"."amount") AS "amount_sum"
  FROM "shop"."orders"
)
SELECT
  CAST("orders__agg"."amount_sum" AS DOUBLE) / NULLIF("orders__agg_2"."amount_sum", 0) AS "gift_share"
FROM "orders__agg"
CROSS JOIN "orders__agg_2"

-- databricks
WITH `orders__agg` AS (
  SELECT
    SUM(`orders`.`amount`) AS `amount_sum`
  FROM `shop`.`orders`
  WHERE
    `orders`.`is_gift`
), `orders__agg_2` AS (
  SELECT
    SUM(`orders`.`amount`) AS `amount_sum`
  FROM `shop`.`orders`
)
SELECT
  CAST(`orders__agg`.`amount_sum` AS DOUBLE) / NULLIF(`orders__agg_2`.`amount_sum`, 0) AS `gift_share`
FROM `orders__agg`
CROSS JOIN `orders__agg_2`
