-- duckdb
-- p0 = 50
-- p1 = 1
SELECT
  "orders"."customer_id" AS "customer",
  SUM("orders"."amount") AS "revenue"
FROM "shop"."orders"
GROUP BY
  1
HAVING
  (
    SUM("orders"."amount") > $p0 OR "orders"."customer_id" = $p1
  )

-- databricks
-- p0 = 50
-- p1 = 1
SELECT
  `orders`.`customer_id` AS `customer`,
  SUM(`orders`.`amount`) AS `revenue`
FROM `shop`.`orders`
GROUP BY
  1
HAVING
  (
    SUM(`orders`.`amount`) > :p0 OR `orders`.`customer_id` = :p1
  )
