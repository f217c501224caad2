-- duckdb
-- p0 = datetime.date(2024, 1, 30)
-- p1 = datetime.date(2024, 2, 3)
SELECT
  DATE_TRUNC('DAY', "time_spine"."day") AS "metric_time__day",
  COUNT("visits"."visit_id") AS "visits_so_far"
FROM "t"."visits"
INNER JOIN "t"."days" AS "time_spine"
  ON "visits"."visited_on" < "time_spine"."day" + INTERVAL '1' DAY
WHERE
  "time_spine"."day" >= $p0 AND "time_spine"."day" < $p1
GROUP BY
  1

-- databricks
-- p0 = datetime.date(2024, 1, 30)
-- p1 = datetime.date(2024, 2, 3)
SELECT
  DATE_TRUNC('DAY', `time_spine`.`day`) AS `metric_time__day`,
  COUNT(`visits`.`visit_id`) AS `visits_so_far`
FROM `t`.`visits`
INNER JOIN `t`.`days` AS `time_spine`
  ON `visits`.`visited_on` < `time_spine`.`day` + INTERVAL '1' DAY
WHERE
  `time_spine`.`day` >= :p0 AND `time_spine`.`day` < :p1
GROUP BY
  1
