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
), "periods" AS (
  SELECT
    DATE_TRUNC('MONTH', "time_spine"."period") AS "metric_time__month"
  FROM (SELECT UNNEST(RANGE(CAST($p0 AS TIMESTAMP), CAST($p1 AS TIMESTAMP), INTERVAL '1' MONTH)) AS "period") AS "time_spine"
  WHERE
    "time_spine"."period" >= $p2 AND "time_spine"."period" < $p3
  GROUP BY
    1
)
SELECT
  "periods"."metric_time__month",
  "regions__members"."region__region_name"
FROM "regions__members"
CROSS JOIN "periods"

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
), `periods` AS (
  SELECT
    DATE_TRUNC('MONTH', `time_spine`.`period`) AS `metric_time__month`
  FROM (SELECT EXPLODE(CASE WHEN CAST(:p0 AS TIMESTAMP) < CAST(:p1 AS TIMESTAMP) THEN SEQUENCE(CAST(:p0 AS TIMESTAMP), CAST(:p1 AS TIMESTAMP) - INTERVAL '1' MICROSECOND, INTERVAL '1' MONTH) END) AS `period`) AS `time_spine`
  WHERE
    `time_spine`.`period` >= :p2 AND `time_spine`.`period` < :p3
  GROUP BY
    1
)
SELECT
  `periods`.`metric_time__month`,
  `regions__members`.`region__region_name`
FROM `regions__members`
CROSS JOIN `periods`
