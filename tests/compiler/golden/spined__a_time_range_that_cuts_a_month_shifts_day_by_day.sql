-- duckdb
-- p0 = datetime.date(2024, 2, 1)
-- p1 = datetime.date(2024, 2, 20)
SELECT
  DATE_TRUNC('MONTH', "_spine"."day") AS "metric_time__month",
  COUNT("visits"."visit_id") AS "visits_last_month"
FROM "t"."visits"
INNER JOIN "t"."days" AS "_spine"
  ON DATE_TRUNC('DAY', "visits"."visited_on") = "_spine"."day" - INTERVAL '1' MONTH
WHERE
  "_spine"."day" >= $p0 AND "_spine"."day" < $p1
GROUP BY
  1

-- databricks
-- p0 = datetime.date(2024, 2, 1)
-- p1 = datetime.date(2024, 2, 20)
SELECT
  DATE_TRUNC('MONTH', `_spine`.`day`) AS `metric_time__month`,
  COUNT(`visits`.`visit_id`) AS `visits_last_month`
FROM `t`.`visits`
INNER JOIN `t`.`days` AS `_spine`
  ON DATE_TRUNC('DAY', `visits`.`visited_on`) = `_spine`.`day` - INTERVAL '1' MONTH
WHERE
  `_spine`.`day` >= :p0 AND `_spine`.`day` < :p1
GROUP BY
  1
