-- duckdb
SELECT
  "orders"."customer_id" AS "customer",
  SUM(1) AS "orders"
FROM "shop"."orders"
GROUP BY
  1
ORDER BY
  "orders" DESC,
  "customer" ASC
LIMIT 3

-- databricks
SELECT
  `orders`.`customer_id` AS `customer`,
  SUM(1) AS `orders`
FROM `shop`.`orders`
GROUP BY
  1
ORDER BY
  `orders` DESC,
  `customer` ASC NULLS LAST
LIMIT 3
