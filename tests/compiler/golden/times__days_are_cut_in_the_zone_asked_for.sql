-- duckdb
SELECT
  DATE_TRUNC('DAY', TIMEZONE('America/New_York', TIMEZONE('UTC', CAST("orders"."paid_at" AS TIMESTAMP)))) AS "metric_time__day",
  SUM("orders"."amount") AS "paid"
FROM "shop"."orders"
GROUP BY
  1
ORDER BY
  "metric_time__day" ASC

-- databricks
SELECT
  DATE_TRUNC('DAY', CONVERT_TIMEZONE('UTC', 'America/New_York', `orders`.`paid_at`)) AS `metric_time__day`,
  SUM(`orders`.`amount`) AS `paid`
FROM `shop`.`orders`
GROUP BY
  1
ORDER BY
  `metric_time__day` ASC NULLS LAST
