-- duckdb
-- p0 = datetime.date(2024, 1, 29)
-- p1 = datetime.date(2024, 3, 1)
-- p2 = datetime.date(2024, 2, 29)
-- p3 = datetime.date(2024, 2, 1)
WITH "visits__agg__periods" AS (
  SELECT
    DATE_TRUNC('DAY', "visits"."visited_on") AS "metric_time__day",
    SUM("visits"."seconds") AS "_seconds_sum"
  FROM "t"."visits"
  WHERE
    "visits"."visited_on" >= $p0 AND "visits"."visited_on" < $p1
  GROUP BY
    1
), "visits__agg" AS (
  SELECT
    "visits__agg__periods"."metric_time__day",
    "visits__agg__periods"."_seconds_sum"
  FROM "visits__agg__periods"
  WHERE
    "visits__agg__periods"."metric_time__day" >= $p2
), "visits__agg_2" AS (
  SELECT
    "visits__agg__periods"."metric_time__day" + INTERVAL '1' MONTH AS "metric_time__day",
    SUM("visits__agg__periods"."_seconds_sum") AS "_seconds_sum"
  FROM "visits__agg__periods"
  WHERE
    "visits__agg__periods"."metric_time__day" < $p3
  GROUP BY
    1
)
SELECT
  COALESCE("visits__agg"."metric_time__day", "visits__agg_2"."metric_time__day") AS "metric_time__day",
  "visits__agg"."_seconds_sum" AS "seconds",
  "visits__agg_2"."_seconds_sum" AS "seconds__previous",
  "visits__agg"."_seconds_sum" - "visits__agg_2"."_seconds_sum" AS "seconds__difference",
  CAST((
    "visits__agg"."_seconds_sum" - "visits__agg_2"."_seconds_sum"
  ) * 100.0 AS DOUBLE) / NULLIF("visits__agg_2"."_seconds_sum", 0) AS "seconds__percent_change"
FROM "visits__agg"
FULL OUTER JOIN "visits__agg_2"
  ON "visits__agg"."metric_time__day" IS NOT DISTINCT FROM "visits__agg_2"."metric_time__day"

-- databricks
-- p0 = datetime.date(2024, 1, 29)
-- p1 = datetime.date(2024, 3, 1)
-- p2 = datetime.date(2024, 2, 29)
-- p3 = datetime.date(2024, 2, 1)
WITH `visits__agg__periods` AS (
  SELECT
    DATE_TRUNC('DAY', `visits`.`visited_on`) AS `metric_time__day`,
    SUM(`visits`.`seconds`) AS `_seconds_sum`
  FROM `t`.`visits`
  WHERE
    `visits`.`visited_on` >= :p0 AND `visits`.`visited_on` < :p1
  GROUP BY
    1
), `visits__agg` AS (
  SELECT
    `visits__agg__periods`.`metric_time__day`,
    `visits__agg__periods`.`_seconds_sum`
  FROM `visits__agg__periods`
  WHERE
    `visits__agg__periods`.`metric_time__day` >= :p2
), `visits__agg_2` AS (
  SELECT
    `visits__agg__periods`.`metric_time__day` + INTERVAL '1' MONTH AS `metric_time__day`,
    SUM(`visits__agg__periods`.`_seconds_sum`) AS `_seconds_sum`
  FROM `visits__agg__periods`
  WHERE
    `visits__agg__periods`.`metric_time__day` < :p3
  GROUP BY
    1
)
SELECT
  COALESCE(`visits__agg`.`metric_time__day`, `visits__agg_2`.`metric_time__day`) AS `metric_time__day`,
  `visits__agg`.`_seconds_sum` AS `seconds`,
  `visits__agg_2`.`_seconds_sum` AS `seconds__previous`,
  `visits__agg`.`_seconds_sum` - `visits__agg_2`.`_seconds_sum` AS `seconds__difference`,
  CAST((
    `visits__agg`.`_seconds_sum` - `visits__agg_2`.`_seconds_sum`
  ) * 100.0 AS DOUBLE) / NULLIF(`visits__agg_2`.`_seconds_sum`, 0) AS `seconds__percent_change`
FROM `visits__agg`
FULL OUTER JOIN `visits__agg_2`
  ON `visits__agg`.`metric_time__day` IS NOT DISTINCT FROM `visits__agg_2`.`metric_time__day`
