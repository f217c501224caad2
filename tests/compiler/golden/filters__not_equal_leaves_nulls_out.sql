-- duckdb
-- p0 = 'gold'
SELECT
  SUM(1) AS "orders"
FROM "shop"."orders"
LEFT JOIN "shop"."customers" AS "customer"
  ON "orders"."customer_id" = "customer"."id"
WHERE
  "customer"."segment" <> $p0

-- databricks
-- p0 = 'gold'
SELECT
  SUM(1) AS `orders`
FROM `shop`.`orders`
LEFT JOIN `shop`.`customers` AS `customer`
  ON `orders`.`customer_id` = `customer`.`id`
WHERE
  `customer`.`segment` <> :p0
