-- duckdb
-- p0 = datetime.date(2024, 1, 1)
-- p1 = datetime.date(2024, 2, 29)
SELECT
  SUM("orders"."amount") AS "revenue"
FROM "shop"."orders"
WHERE
  "orders"."ordered_on" >= $p0 AND "orders"."ordered_on" < $p1

-- databricks
-- p0 = datetime.date(2024, 1, 1)
-- p1 = datetime.date(2024, 2, 29)
SELECT
  SUM(`orders`.`amount`) AS `revenue`
FROM `shop`.`orders`
WHERE
  `orders`.`ordered_on` >= :p0 AND `orders`.`ordered_on` < :p1
