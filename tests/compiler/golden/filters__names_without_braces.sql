-- duckdb
-- p0 = 'gold'
-- p1 = 'silver'
SELECT
  SUM(1) AS "orders"
FROM "shop"."orders"
LEFT JOIN "shop"."customers" AS "customer"
  ON "orders"."customer_id" = "customer"."id"
WHERE
  "customer"."segment" IN ($p0, $p1) AND "orders"."is_gift"

-- databricks
-- p0 = 'gold'
-- p1 = 'silver'
SELECT
  SUM(1) AS `orders`
FROM `shop`.`orders`
LEFT JOIN `shop`.`customers` AS `customer`
  ON `orders`.`customer_id` = `customer`.`id`
WHERE
  `customer`.`segment` IN (:p0, :p1) AND `orders`.`is_gift`
