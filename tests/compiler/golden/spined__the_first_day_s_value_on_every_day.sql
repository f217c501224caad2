-- duckdb
-- p0 = datetime.date(2024, 1, 30)
-- p1 = datetime.date(2024, 2, 3)
SELECT
  DATE_TRUNC('DAY', "_spine"."day") AS "metric_time__day",
  COUNT("visits"."visit_id") AS "visits_at_month_start"
FROM "t"."visits"
INNER JOIN "t"."days" AS "_spine"
  ON DATE_TRUNC('DAY', "visits"."visited_on") = DATE_TRUNC('MONTH', "_spine"."day")
WHERE
  "_spine"."day" >= $p0 AND "_spine"."day" < $p1
GROUP BY
  1

-- databricks
-- p0 = datetime.date(2024, 1, 30)
-- p1 = datetime.date(2024, 2, 3)
SELECT
  DATE_TRUNC('DAY', `_spine`.`day`) AS `metric_time__day`,
  COUNT(`visits`.`visit_id`) AS `visits_at_month_start`
FROM `t`.`visits`
INNER JOIN `t`.`days` AS `_spine`
  ON DATE_TRUNC('DAY', `visits`.`visited_on`) = DATE_TRUNC('MONTH', `_spine`.`day`)
WHERE
  `_spine`.`day` >= :p0 AND `_spine`.`day` < :p1
GROUP BY
  1
