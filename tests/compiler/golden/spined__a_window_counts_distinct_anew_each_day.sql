-- duckdb
-- p0 = datetime.date(2024, 1, 2)
-- p1 = datetime.date(2024, 1, 8)
SELECT
  DATE_TRUNC('DAY', "_spine"."day") AS "metric_time__day",
  COUNT(DISTINCT "visits"."visitor") AS "visitors_3_days"
FROM "t"."visits"
INNER JOIN "t"."days" AS "_spine"
  ON "visits"."visited_on" < "_spine"."day" + INTERVAL '1' DAY
  AND "visits"."visited_on" >= "_spine"."day" - INTERVAL '3' DAY + INTERVAL '1' DAY
WHERE
  "_spine"."day" >= $p0 AND "_spine"."day" < $p1
GROUP BY
  1

-- databricks
-- p0 = datetime.date(2024, 1, 2)
-- p1 = datetime.date(2024, 1, 8)
SELECT
  DATE_TRUNC('DAY', `_spine`.`day`) AS `metric_time__day`,
  COUNT(DISTINCT `visits`.`visitor`) AS `visitors_3_days`
FROM `t`.`visits`
INNER JOIN `t`.`days` AS `_spine`
  ON `visits`.`visited_on` < `_spine`.`day` + INTERVAL '1' DAY
  AND `visits`.`visited_on` >= `_spine`.`day` - INTERVAL '3' DAY + INTERVAL '1' DAY
WHERE
  `_spine`.`day` >= :p0 AND `_spine`.`day` < :p1
GROUP BY
  1
