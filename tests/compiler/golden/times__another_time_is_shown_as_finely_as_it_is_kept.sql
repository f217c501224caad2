-- duckdb
-- p0 = datetime.datetime(2024, 1, 1, 10, 0)
SELECT
  DATE_TRUNC('SECOND', "orders"."paid_at") AS "order__paid_at__second",
  SUM("orders"."amount") AS "paid"
FROM "shop"."orders"
WHERE
  "orders"."paid_at" < $p0
GROUP BY
  1

-- databricks
-- p0 = datetime.datetime(2024, 1, 1, 10, 0)
SELECT
  DATE_TRUNC('SECOND', `orders`.`paid_at`) AS `order__paid_at__second`,
  SUM(`orders`.`amount`) AS `paid`
FROM `shop`.`orders`
WHERE
  `orders`.`paid_at` < :p0
GROUP BY
  1
