-- duckdb
SELECT
  "orders"."customer_id" AS "customer",
  SUM(1) AS "orders",
  SUM("orders"."amount") AS "revenue",
  COUNT(DISTINCT "orders"."customer_id") AS "buyers",
  COUNT("orders"."amount") AS "priced_orders"
FROM "shop"."orders"
GROUP BY
  1

-- databricks
SELECT
  `orders`.`customer_id` AS `customer`,
  SUM(1) AS `orders`,
  SUM(`orders`.`amount`) AS `revenue`,
  COUNT(DISTINCT `orders`.`customer_id`) AS `buyers`,
  COUNT(`orders`.`amount`) AS `priced_orders`
FROM `shop`.`orders`
GROUP BY
  1
