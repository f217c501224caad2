-- duckdb
SELECT
  DATE_TRUNC('DAY', CASE WHEN TYPEOF("orders"."ordered_on") = 'DATE' THEN CAST("orders"."ordered_on" AS TIMESTAMP) ELSE TIMEZONE('Asia/Tokyo', TIMEZONE('UTC', CAST("orders"."ordered_on" AS TIMESTAMP))) END) AS "metric_time__day",
  SUM(1) AS "orders"
FROM "shop"."orders"
GROUP BY
  1
ORDER BY
  "metric_time__day" ASC
LIMIT 2

-- databricks
SELECT
  DATE_TRUNC('DAY', CASE WHEN TYPEOF(`orders`.`ordered_on`) = 'date' THEN CAST(`orders`.`ordered_on` AS TIMESTAMP_NTZ) ELSE CONVERT_TIMEZONE('UTC', 'Asia/Tokyo', `orders`.`ordered_on`) END) AS `metric_time__day`,
  SUM(1) AS `orders`
FROM `shop`.`orders`
GROUP BY
  1
ORDER BY
  `metric_time__day` ASC NULLS LAST
LIMIT 2
