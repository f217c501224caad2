-- duckdb
-- p0 = datetime.datetime(2024, 1, 30, 0, 0)
-- p1 = datetime.datetime(2024, 2, 3, 0, 0)
-- p2 = datetime.date(2024, 1, 30)
-- p3 = datetime.date(2024, 2, 3)
WITH "visits__agg__parts" AS (
  SELECT
    DATE_TRUNC('DAY', "visits"."visited_on") AS "_happened_in",
    COUNT("visits"."visit_id") AS "_visit_count"
  FROM "t"."visits"
  GROUP BY
    1
)
SELECT
  DATE_TRUNC('DAY', "_spine"."_period") AS "metric_time__day",
  SUM("visits__agg__parts"."_visit_count") AS "visits_at_month_start"
FROM "visits__agg__parts"
INNER JOIN (SELECT UNNEST(RANGE(CAST($p0 AS TIMESTAMP), CAST($p1 AS TIMESTAMP), INTERVAL '1' DAY)) AS "_period") AS "_spine"
  ON "visits__agg__parts"."_happened_in" = DATE_TRUNC('MONTH', "_spine"."_period")
WHERE
  "_spine"."_period" >= $p2 AND "_spine"."_period" < $p3
GROUP BY
  1

-- databricks
-- p0 = datetime.datetime(2024, 1, 30, 0, 0)
-- p1 = datetime.datetime(2024, 2, 3, 0, 0)
-- p2 = datetime.date(2024, 1, 30)
-- p3 = datetime.date(2024, 2, 3)
WITH `visits__agg__parts` AS (
  SELECT
    DATE_TRUNC('DAY', `visits`.`visited_on`) AS `_happened_in`,
    COUNT(`visits`.`visit_id`) AS `_visit_count`
  FROM `t`.`visits`
  GROUP BY
    1
)
SELECT
  DATE_TRUNC('DAY', `_spine`.`_period`) AS `metric_time__day`,
  SUM(`visits__agg__parts`.`_visit_count`) AS `visits_at_month_start`
FROM `visits__agg__parts`
INNER JOIN (SELECT EXPLODE(CASE WHEN CAST(:p0 AS TIMESTAMP) < CAST(:p1 AS TIMESTAMP) THEN SEQUENCE(CAST(:p0 AS TIMESTAMP), CAST(:p1 AS TIMESTAMP) - INTERVAL '1' MICROSECOND, INTERVAL '1' DAY) END) AS `_period`) AS `_spine`
  ON `visits__agg__parts`.`_happened_in` = DATE_TRUNC('MONTH', `_spine`.`_period`)
WHERE
  `_spine`.`_period` >= :p2 AND `_spine`.`_period` < :p3
GROUP BY
  1
