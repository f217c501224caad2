-- duckdb
-- p0 = datetime.date(2024, 1, 1)
-- p1 = datetime.date(2024, 2, 2)
SELECT
  SUM(1) AS "orders"
FROM "shop"."orders"
WHERE
  (
    "orders"."ordered_on" >= $p0 AND "orders"."ordered_on" < $p1
  )

-- databricks
-- p0 = datetime.date(2024, 1, 1)
-- p1 = datetime.date(2024, 2, 2)
SELECT
  SUM(1) AS `orders`
FROM `shop`.`orders`
WHERE
  (
    `orders`.`ordered_on` >= :p0 AND `orders`.`ordered_on` < :p1
  )
