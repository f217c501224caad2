-- duckdb
-- p0 = datetime.datetime(2024, 1, 1, 0, 0)
-- p1 = datetime.datetime(2024, 3, 1, 0, 0)
-- p2 = datetime.date(2024, 1, 1)
-- p3 = datetime.date(2024, 3, 1)
WITH "regions__members" AS (
  SELECT
    "regions"."region_name" AS "region__region_name"
  FROM "shop"."regions"
  GROUP BY
    1
), "_periods" AS (
  SELECT
    DATE_TRUNC('MONTH', "_spine"."_period") AS "metric_time__month"
  FROM (SELECT UNNEST(RANGE(CAST($p0 AS TIMESTAMP), CAST($p1 AS TIMESTAMP), INTERVAL '1' DAY)) AS "_period") AS "_spine"
  WHERE
    "_spine"."_period" >= $p2 AND "_spine"."_period" < $p3
  GROUP BY
    1
)
SELECT
  "_periods"."metric_time__month",
  "regions__members"."region__region_name"
FROM "regions__members"
CROSS JOIN "_periods"

-- databricks
-- p0 = datetime.datetime(2024, 1, 1, 0, 0)
-- p1 = datetime.datetime(2024, 3, 1, 0, 0)
-- p2 = datetime.date(2024, 1, 1)
-- p3 = datetime.date(2024, 3, 1)
WITH `regions__members` AS (
  SELECT
    `regions`.`region_name` AS `region__region_name`
  FROM `shop`.`regions`
  GROUP BY
    1
), `_periods` AS (
  SELECT
    DATE_TRUNC('MONTH', `_spine`.`_period`) AS `metric_time__month`
  FROM (SELECT EXPLODE(CASE WHEN CAST(:p0 AS TIMESTAMP) < CAST(:p1 AS TIMESTAMP) THEN SEQUENCE(CAST(:p0 AS TIMESTAMP), CAST(:p1 AS TIMESTAMP) - INTERVAL '1' MICROSECOND, INTERVAL '1' DAY) END) AS `_period`) AS `_spine`
  WHERE
    `_spine`.`_period` >= :p2 AND `_spine`.`_period` < :p3
  GROUP BY
    1
)
SELECT
  `_periods`.`metric_time__month`,
  `regions__members`.`region__region_name`
FROM `regions__members`
CROSS JOIN `_periods`
