-- duckdb
SELECT
  DATE_TRUNC('DAY', "orders"."paid_at") AS "metric_time__day",
  SUM("orders"."amount") AS "paid"
FROM "shop"."orders"
GROUP BY
  1
ORDER BY
  "metric_time__day" ASC
LIMIT 1

-- databricks
SELECT
  DATE_TRUNC('DAY', `orders`.`paid_at`) AS `metric_time__day`,
  SUM(`orders`.`amount`) AS `paid`
FROM `shop`.`orders`
GROUP BY
  1
ORDER BY
  `metric_time__day` ASC NULLS LAST
LIMIT 1
