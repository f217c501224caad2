-- duckdb
SELECT
  DATE_TRUNC('WEEK', "orders"."ordered_on") AS "metric_time__week",
  SUM(1) AS "orders"
FROM "shop"."orders"
GROUP BY
  1
ORDER BY
  "metric_time__week" ASC

-- databricks
SELECT
  DATE_TRUNC('WEEK', `orders`.`ordered_on`) AS `metric_time__week`,
  SUM(1) AS `orders`
FROM `shop`.`orders`
GROUP BY
  1
ORDER BY
  `metric_time__week` ASC NULLS LAST
