-- duckdb
SELECT
  SUM(1) AS "orders"
FROM "shop"."orders"
WHERE
  NOT "orders"."is_gift" AND NOT "orders"."customer_id" IS NULL

-- databricks
SELECT
  SUM(1) AS `orders`
FROM `shop`.`orders`
WHERE
  NOT `orders`.`is_gift` AND NOT `orders`.`customer_id` IS NULL
