-- duckdb
SELECT
  DATE_TRUNC('YEAR', "orders"."ordered_on") AS "metric_time__year",
  DATE_TRUNC('QUARTER', "orders"."ordered_on") AS "metric_time__quarter",
  SUM("orders"."amount") AS "revenue"
FROM "shop"."orders"
GROUP BY
  1,
  2
ORDER BY
  "metric_time__quarter" ASC

-- databricks
SELECT
  DATE_TRUNC('YEAR', `orders`.`ordered_on`) AS `metric_time__year`,
  DATE_TRUNC('QUARTER', `orders`.`ordered_on`) AS `metric_time__quarter`,
  SUM(`orders`.`amount`) AS `revenue`
FROM `shop`.`orders`
GROUP BY
  1,
  2
ORDER BY
  `metric_time__quarter` ASC NULLS LAST
