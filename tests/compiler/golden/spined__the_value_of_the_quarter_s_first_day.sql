-- duckdb
SELECT
  DATE_TRUNC('QUARTER', "_spine"."day") AS "metric_time__quarter",
  COUNT("visits"."visit_id") AS "visits_at_month_start"
FROM "t"."visits"
INNER JOIN "t"."days" AS "_spine"
  ON DATE_TRUNC('DAY', "visits"."visited_on") = DATE_TRUNC('MONTH', "_spine"."day")
WHERE
  "_spine"."day" = DATE_TRUNC('QUARTER', "_spine"."day")
GROUP BY
  1

-- databricks
SELECT
  DATE_TRUNC('QUARTER', `_spine`.`day`) AS `metric_time__quarter`,
  COUNT(`visits`.`visit_id`) AS `visits_at_month_start`
FROM `t`.`visits`
INNER JOIN `t`.`days` AS `_spine`
  ON DATE_TRUNC('DAY', `visits`.`visited_on`) = DATE_TRUNC('MONTH', `_spine`.`day`)
WHERE
  `_spine`.`day` = DATE_TRUNC('QUARTER', `_spine`.`day`)
GROUP BY
  1
