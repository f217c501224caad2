-- duckdb
-- p0 = '%'
-- p1 = 'Te'
SELECT
  SUM(1) AS "orders"
FROM "shop"."orders"
LEFT JOIN "shop"."products" AS "product"
  ON "orders"."product_id" = "product"."product_id"
WHERE
  (
    CONTAINS("product"."title", $p0) OR STARTS_WITH("product"."title", $p1)
  )

-- databricks
-- p0 = '%'
-- p1 = 'Te'
SELECT
  SUM(1) AS `orders`
FROM `shop`.`orders`
LEFT JOIN `shop`.`products` AS `product`
  ON `orders`.`product_id` = `product`.`product_id`
WHERE
  (
    CONTAINS(`product`.`title`, :p0) OR STARTSWITH(`product`.`title`, :p1)
  )
