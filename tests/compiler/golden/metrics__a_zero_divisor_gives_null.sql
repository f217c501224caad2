-- duckdb
SELECT
  CAST(SUM("orders"."amount") AS DOUBLE) / NULLIF(SUM(1) - SUM(1), 0) AS "divided_by_nothing"
FROM "shop"."orders"

-- databricks
SELECT
  CAST(SUM(`orders`.`amount`) AS DOUBLE) / NULLIF(SUM(1) - SUM(1), 0) AS `divided_by_nothing`
FROM `shop`.`orders`
