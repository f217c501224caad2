-- duckdb
SELECT
  CAST(TRUNC(CAST("products"."price" AS DECIMAL(38, 9))) AS INT) AS "product__whole_price"
FROM "shop"."products"
GROUP BY
  1

-- databricks
SELECT
  CAST(`products`.`price` AS INT) AS `product__whole_price`
FROM `shop`.`products`
GROUP BY
  1
