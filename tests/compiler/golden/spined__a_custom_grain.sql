-- duckdb
SELECT
  "metric_time__season"."season" AS "metric_time__season",
  COUNT("visits"."visit_id") AS "visits"
FROM "t"."visits"
LEFT JOIN "t"."days" AS "metric_time__season"
  ON DATE_TRUNC('DAY', "visits"."visited_on") = "metric_time__season"."day"
GROUP BY
  1

-- databricks
SELECT
  `metric_time__season`.`season` AS `metric_time__season`,
  COUNT(`visits`.`visit_id`) AS `visits`
FROM `t`.`visits`
LEFT JOIN `t`.`days` AS `metric_time__season`
  ON DATE_TRUNC('DAY', `visits`.`visited_on`) = `metric_time__season`.`day`
GROUP BY
  1
