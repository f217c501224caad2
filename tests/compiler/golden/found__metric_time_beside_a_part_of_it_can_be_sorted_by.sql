-- duckdb
SELECT
  DATE_TRUNC('DAY', "visits"."visited_on") AS "metric_time__day",
  EXTRACT(ISODOW FROM "visits"."visited_on") AS "metric_time__extract_dow",
  COUNT("visits"."visit_id") AS "visits"
FROM "t"."visits"
GROUP BY
  1,
  2
ORDER BY
  "metric_time__day" ASC
LIMIT 2

-- databricks
SELECT
  DATE_TRUNC('DAY', `visits`.`visited_on`) AS `metric_time__day`,
  EXTRACT(DAYOFWEEK_ISO FROM `visits`.`visited_on`) AS `metric_time__extract_dow`,
  COUNT(`visits`.`visit_id`) AS `visits`
FROM `t`.`visits`
GROUP BY
  1,
  2
ORDER BY
  `metric_time__day` ASC NULLS LAST
LIMIT 2
