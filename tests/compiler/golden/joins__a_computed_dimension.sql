-- duckdb
SELECT
  CASE WHEN "orders"."amount" >= 40 THEN 'big' ELSE 'small' END AS "order__size",
  SUM(1) AS "orders",
  SUM("orders"."amount") AS "revenue"
FROM "shop"."orders"
GROUP BY
  1

-- databricks
SELECT
  CASE WHEN `orders`.`amount` >= 40 THEN 'big' ELSE 'small' END AS `order__size`,
  SUM(1) AS `orders`,
  SUM(`orders`.`amount`) AS `revenue`
FROM `shop`.`orders`
GROUP BY
  1
