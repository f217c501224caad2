-- duckdb
-- p0 = "O'Neil's \\ mug"
SELECT
  "product"."title" AS "product__title",
  SUM(1) AS "orders"
FROM "shop"."orders"
LEFT JOIN "shop"."products" AS "product"
  ON "orders"."product_id" = "product"."product_id"
WHERE
  "product"."title" = $p0
GROUP BY
  1

-- databricks
-- p0 = "O'Neil's \\ mug"
SELECT
  `product`.`title` AS `product__title`,
  SUM(1) AS `orders`
FROM `shop`.`orders`
LEFT JOIN `shop`.`products` AS `product`
  ON `orders`.`product_id` = `product`.`product_id`
WHERE
  `product`.`title` = :p0
GROUP BY
  1
