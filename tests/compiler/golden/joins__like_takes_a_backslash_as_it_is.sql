-- duckdb
-- p0 = '%\\ m_g'
SELECT
  SUM(1) AS "orders"
FROM "shop"."orders"
LEFT JOIN "shop"."products" AS "product"
  ON "orders"."product_id" = "product"."product_id"
WHERE
  "product"."title" LIKE $p0

-- databricks
-- p0 = '%\\ m_g'
SELECT
  SUM(1) AS `orders`
FROM `shop`.`orders`
LEFT JOIN `shop`.`products` AS `product`
  ON `orders`.`product_id` = `product`.`product_id`
WHERE
  `product`.`title` LIKE :p0 ESCAPE ''
