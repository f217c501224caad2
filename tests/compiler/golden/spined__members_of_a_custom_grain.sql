-- duckdb
SELECT
  "metric_time__season"."season" AS "metric_time__season"
FROM "t"."days" AS "time_spine"
LEFT JOIN "t"."days" AS "metric_time__season"
  ON DATE_TRUNC('DAY', "time_spine"."day") = "metric_time__season"."day"
GROUP BY
  1

-- databricks
SELECT
  `metric_time__season`.`season` AS `metric_time__season`
FROM `t`.`days` AS `time_spine`
LEFT JOIN `t`.`days` AS `metric_time__season`
  ON DATE_TRUNC('DAY', `time_spine`.`day`) = `metric_time__season`.`day`
GROUP BY
  1
