-- duckdb
SELECT
  "products"."product_id" AS "product"
FROM "shop"."products"
GROUP BY
  1

-- databricks
SELECT
  `products`.`product_id` AS `product`
FROM `shop`.`products`
GROUP BY
  1
