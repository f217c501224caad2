-- duckdb
SELECT
  "orders"."customer_id" AS "customer",
  CAST(SUM("orders"."amount") AS DOUBLE) / NULLIF(COUNT("orders"."amount"), 0) AS "amount_per_order"
FROM "shop"."orders"
GROUP BY
  1

-- databricks
SELECT
  `orders`.`customer_id` AS `customer`,
  CAST(SUM(`orders`.`amount`) AS DOUBLE) / NULLIF(COUNT(`orders`.`amount`), 0) AS `amount_per_order`
FROM `shop`.`orders`
GROUP BY
  1
