-- duckdb
-- p0 = 4
SELECT
  SUM(1) AS "orders"
FROM "shop"."orders"
WHERE
  EXTRACT(QUARTER FROM "orders"."ordered_on") = $p0

-- databricks
-- p0 = 4
SELECT
  SUM(1) AS `orders`
FROM `shop`.`orders`
WHERE
  EXTRACT(QUARTER FROM `orders`.`ordered_on`) = :p0
