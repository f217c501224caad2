-- duckdb
-- p0 = 'a%'
SELECT
  SUM(1) AS "orders"
FROM "shop"."orders"
LEFT JOIN "shop"."customers" AS "customer"
  ON "orders"."customer_id" = "customer"."id"
WHERE
  "customer"."name" ILIKE $p0

-- databricks
-- p0 = 'a%'
SELECT
  SUM(1) AS `orders`
FROM `shop`.`orders`
LEFT JOIN `shop`.`customers` AS `customer`
  ON `orders`.`customer_id` = `customer`.`id`
WHERE
  `customer`.`name` ILIKE :p0
