-- duckdb
-- p0 = 30
SELECT
  "orders"."customer_id" AS "customer",
  SUM("orders"."amount") AS "revenue"
FROM "shop"."orders"
GROUP BY
  1
HAVING
  SUM("orders"."amount") > $p0

-- databricks
-- p0 = 30
SELECT
  `orders`.`customer_id` AS `customer`,
  SUM(`orders`.`amount`) AS `revenue`
FROM `shop`.`orders`
GROUP BY
  1
HAVING
  SUM(`orders`.`amount`) > :p0
