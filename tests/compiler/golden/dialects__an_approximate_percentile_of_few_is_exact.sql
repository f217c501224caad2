-- duckdb
SELECT
  APPROX_QUANTILE(CAST("products"."price" AS DOUBLE), 0.5) AS "price_about"
FROM "shop"."products"

-- databricks
SELECT
  PERCENTILE(CAST(`products`.`price` AS DOUBLE), 0.5) AS `price_about`
FROM `shop`.`products`
