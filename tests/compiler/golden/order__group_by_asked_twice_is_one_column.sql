-- duckdb
SELECT
  "orders"."is_gift" AS "order__is_gift",
  SUM(1) AS "orders"
FROM "shop"."orders"
GROUP BY
  1

-- databricks
SELECT
  `orders`.`is_gift` AS `order__is_gift`,
  SUM(1) AS `orders`
FROM `shop`.`orders`
GROUP BY
  1
