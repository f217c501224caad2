-- duckdb
-- p0 = datetime.datetime(2023, 12, 31, 5, 0)
-- p1 = datetime.datetime(2024, 1, 1, 5, 0)
SELECT
  SUM("orders"."amount") AS "paid"
FROM "shop"."orders"
WHERE
  "orders"."paid_at" >= $p0 AND "orders"."paid_at" < $p1

-- databricks
-- p0 = datetime.datetime(2023, 12, 31, 5, 0)
-- p1 = datetime.datetime(2024, 1, 1, 5, 0)
SELECT
  SUM(`orders`.`amount`) AS `paid`
FROM `shop`.`orders`
WHERE
  `orders`.`paid_at` >= :p0 AND `orders`.`paid_at` < :p1
