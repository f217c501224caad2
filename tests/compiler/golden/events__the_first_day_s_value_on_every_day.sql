-- duckdb
-- p0 = datetime.datetime(2024, 1, 30, 0, 0)
-- p1 = datetime.datetime(2024, 2, 3, 0, 0)
-- p2 = datetime.date(2024, 1, 30)
-- p3 = datetime.date(2024, 2, 3)
SELECT
  DATE_TRUNC('DAY', "_spine"."_period") AS "metric_time__day",
  COUNT("visits"."visit_id") AS "visits_at_month_start"
FROM "t"."visits"
INNER JOIN (SELECT UNNEST(RANGE(CAST($p0 AS TIMESTAMP), CAST($p1 AS TIMESTAMP), INTERVAL '1' DAY)) AS "_period") AS "_spine"
  ON DATE_TRUNC('DAY', "visits"."visited_on") = DATE_TRUNC('MONTH', "_spine"."_period")
WHERE
  "_spine"."_period" >= $p2 AND "_spine"."_period" < $p3
GROUP BY
  1

-- databricks
-- p0 = datetime.datetime(2024, 1, 30, 0, 0)
-- p1 = datetime.datetime(2024, 2, 3, 0, 0)
-- p2 = datetime.date(2024, 1, 30)
-- p3 = datetime.date(2024, 2, 3)
SELECT
  DATE_TRUNC('DAY', `_spine`.`_period`) AS `metric_time__day`,
  COUNT(`visits`.`visit_id`) AS `visits_at_month_start`
FROM `t`.`visits`
INNER JOIN (SELECT EXPLODE(CASE WHEN CAST(:p0 AS TIMESTAMP) < CAST(:p1 AS TIMESTAMP) THEN SEQUENCE(CAST(:p0 AS TIMESTAMP), CAST(:p1 AS TIMESTAMP) - INTERVAL '1' MICROSECOND, INTERVAL '1' DAY) END) AS `_period`) AS `_spine`
  ON DATE_TRUNC('DAY', `visits`.`visited_on`) = DATE_TRUNC('MONTH', `_spine`.`_period`)
WHERE
  `_spine`.`_period` >= :p2 AND `_spine`.`_period` < :p3
GROUP BY
  1
