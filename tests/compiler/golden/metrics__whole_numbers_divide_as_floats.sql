-- duckdb
SELECT
  CAST(SUM(1) AS DOUBLE) / NULLIF(COUNT(DISTINCT "orders"."customer_id"), 0) AS "whole_division"
FROM "shop"."orders"

-- databricks
SELECT
  CAST(SUM(1) AS DOUBLE) / NULLIF(COUNT(DISTINCT `orders`.`customer_id`), 0) AS `whole_division`
FROM `shop`.`orders`
