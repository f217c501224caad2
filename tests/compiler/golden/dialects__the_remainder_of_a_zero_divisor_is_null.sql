-- duckdb
SELECT
  "products"."product_id" % NULLIF("products"."product_id" - 10, 0) AS "product__rest"
FROM "shop"."products"
GROUP BY
  1

-- databricks
SELECT
  `products`.`product_id` % NULLIF(`products`.`product_id` - 10, 0) AS `product__rest`
FROM `shop`.`products`
GROUP BY
  1
