-- duckdb
SELECT
  SUM(CAST("orders"."amount" AS DOUBLE) / 2) AS "half"
FROM "shop"."orders"

-- databricks
SELECT
  SUM(CAST(`orders`.`amount` AS DOUBLE) / 2) AS `half`
FROM `shop`.`orders`
