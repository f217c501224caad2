-- duckdb
-- p0 = datetime.datetime(2024, 2, 28, 0, 0)
-- p1 = datetime.datetime(2024, 3, 2, 0, 0)
-- p2 = datetime.date(2024, 2, 28)
-- p3 = datetime.date(2024, 3, 2)
SELECT
  DATE_TRUNC('DAY', "_spine"."_period") AS "metric_time__day"
FROM (SELECT UNNEST(RANGE(CAST($p0 AS TIMESTAMP), CAST($p1 AS TIMESTAMP), INTERVAL '1' DAY)) AS "_period") AS "_spine"
WHERE
  "_spine"."_period" >= $p2 AND "_spine"."_period" < $p3
GROUP BY
  1

-- databricks
-- p0 = datetime.datetime(2024, 2, 28, 0, 0)
-- p1 = datetime.datetime(2024, 3, 2, 0, 0)
-- p2 = datetime.date(2024, 2, 28)
-- p3 = datetime.date(2024, 3, 2)
SELECT
  DATE_TRUNC('DAY', `_spine`.`_period`) AS `metric_time__day`
FROM (SELECT EXPLODE(CASE WHEN CAST(:p0 AS TIMESTAMP) < CAST(:p1 AS TIMESTAMP) THEN SEQUENCE(CAST(:p0 AS TIMESTAMP), CAST(:p1 AS TIMESTAMP) - INTERVAL '1' MICROSECOND, INTERVAL '1' DAY) END) AS `_period`) AS `_spine`
WHERE
  `_spine`.`_period` >= :p2 AND `_spine`.`_period` < :p3
GROUP BY
  1
