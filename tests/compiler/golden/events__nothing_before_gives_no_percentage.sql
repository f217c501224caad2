-- duckdb
-- p0 = datetime.date(2024, 1, 3)
-- p1 = datetime.date(2024, 1, 5)
-- p2 = datetime.datetime(2024, 1, 3, 0, 0)
-- p3 = datetime.datetime(2024, 1, 5, 0, 0)
WITH "visits__agg__times" AS (
  SELECT
    DATE_TRUNC('DAY', "_spine"."_period") AS "metric_time__day"
  FROM (SELECT UNNEST(RANGE(CAST($p2 AS TIMESTAMP), CAST($p3 AS TIMESTAMP), INTERVAL '1' DAY)) AS "_period") AS "_spine"
  WHERE
    "_spine"."_period" >= $p0 AND "_spine"."_period" < $p1
  GROUP BY
    1
), "visits__agg__facts" AS (
  SELECT
    DATE_TRUNC('DAY', "visits"."visited_on") AS "metric_time__day",
    COUNT("visits"."visit_id") AS "_visit_count"
  FROM "t"."visits"
  WHERE
    "visits"."visited_on" >= $p0 AND "visits"."visited_on" < $p1
  GROUP BY
    1
), "visits__agg" AS (
  SELECT
    "visits__agg__times"."metric_time__day",
    "visits__agg__facts"."_visit_count"
  FROM "visits__agg__times"
  LEFT JOIN "visits__agg__facts"
    ON "visits__agg__times"."metric_time__day" = "visits__agg__facts"."metric_time__day"
), "visits__agg_2__times" AS (
  SELECT
    DATE_TRUNC('DAY', "_spine"."_period") AS "metric_time__day"
  FROM (SELECT UNNEST(RANGE(CAST($p2 AS TIMESTAMP), CAST($p3 AS TIMESTAMP), INTERVAL '1' DAY)) AS "_period") AS "_spine"
  WHERE
    "_spine"."_period" >= $p0 AND "_spine"."_period" < $p1
  GROUP BY
    1
), "visits__agg_2__parts" AS (
  SELECT
    DATE_TRUNC('DAY', "visits"."visited_on") AS "_happened_in",
    COUNT("visits"."visit_id") AS "_visit_count"
  FROM "t"."visits"
  GROUP BY
    1
  HAVING
    DATE_TRUNC('DAY', "visits"."visited_on") + INTERVAL '2' DAY >= $p0
    AND DATE_TRUNC('DAY', "visits"."visited_on") + INTERVAL '2' DAY < $p1
), "visits__agg_2__facts" AS (
  SELECT
    DATE_TRUNC('DAY', "visits__agg_2__parts"."_happened_in" + INTERVAL '2' DAY) AS "metric_time__day",
    SUM("visits__agg_2__parts"."_visit_count") AS "_visit_count"
  FROM "visits__agg_2__parts"
  GROUP BY
    1
), "visits__agg_2" AS (
  SELECT
    "visits__agg_2__times"."metric_time__day",
    "visits__agg_2__facts"."_visit_count"
  FROM "visits__agg_2__times"
  LEFT JOIN "visits__agg_2__facts"
    ON "visits__agg_2__times"."metric_time__day" = "visits__agg_2__facts"."metric_time__day"
)
SELECT
  COALESCE("visits__agg"."metric_time__day", "visits__agg_2"."metric_time__day") AS "metric_time__day",
  COALESCE("visits__agg"."_visit_count", 0) AS "visits_each_day",
  COALESCE("visits__agg_2"."_visit_count", 0) AS "visits_each_day__previous",
  COALESCE("visits__agg"."_visit_count", 0) - COALESCE("visits__agg_2"."_visit_count", 0) AS "visits_each_day__difference",
  CAST((
    COALESCE("visits__agg"."_visit_count", 0) - COALESCE("visits__agg_2"."_visit_count", 0)
  ) * 100.0 AS DOUBLE) / NULLIF(COALESCE("visits__agg_2"."_visit_count", 0), 0) AS "visits_each_day__percent_change"
FROM "visits__agg"
FULL OUTER JOIN "visits__agg_2"
  ON "visits__agg"."metric_time__day" IS NOT DISTINCT FROM "visits__agg_2"."metric_time__day"

-- databricks
-- p0 = datetime.date(2024, 1, 3)
-- p1 = datetime.date(2024, 1, 5)
-- p2 = datetime.datetime(2024, 1, 3, 0, 0)
-- p3 = datetime.datetime(2024, 1, 5, 0, 0)
WITH `visits__agg__times` AS (
  SELECT
    DATE_TRUNC('DAY', `_spine`.`_period`) AS `metric_time__day`
  FROM (SELECT EXPLODE(CASE WHEN CAST(:p2 AS TIMESTAMP) < CAST(:p3 AS TIMESTAMP) THEN SEQUENCE(CAST(:p2 AS TIMESTAMP), CAST(:p3 AS TIMESTAMP) - INTERVAL '1' MICROSECOND, INTERVAL '1' DAY) END) AS `_period`) AS `_spine`
  WHERE
    `_spine`.`_period` >= :p0 AND `_spine`.`_period` < :p1
  GROUP BY
    1
), `visits__agg__facts` AS (
  SELECT
    DATE_TRUNC('DAY', `visits`.`visited_on`) AS `metric_time__day`,
    COUNT(`visits`.`visit_id`) AS `_visit_count`
  FROM `t`.`visits`
  WHERE
    `visits`.`visited_on` >= :p0 AND `visits`.`visited_on` < :p1
  GROUP BY
    1
), `visits__agg` AS (
  SELECT
    `visits__agg__times`.`metric_time__day`,
    `visits__agg__facts`.`_visit_count`
  FROM `visits__agg__times`
  LEFT JOIN `visits__agg__facts`
    ON `visits__agg__times`.`metric_time__day` = `visits__agg__facts`.`metric_time__day`
), `visits__agg_2__times` AS (
  SELECT
    DATE_TRUNC('DAY', `_spine`.`_period`) AS `metric_time__day`
  FROM (SELECT EXPLODE(CASE WHEN CAST(:p2 AS TIMESTAMP) < CAST(:p3 AS TIMESTAMP) THEN SEQUENCE(CAST(:p2 AS TIMESTAMP), CAST(:p3 AS TIMESTAMP) - INTERVAL '1' MICROSECOND, INTERVAL '1' DAY) END) AS `_period`) AS `_spine`
  WHERE
    `_spine`.`_period` >= :p0 AND `_spine`.`_period` < :p1
  GROUP BY
    1
), `visits__agg_2__parts` AS (
  SELECT
    DATE_TRUNC('DAY', `visits`.`visited_on`) AS `_happened_in`,
    COUNT(`visits`.`visit_id`) AS `_visit_count`
  FROM `t`.`visits`
  GROUP BY
    1
  HAVING
    DATE_TRUNC('DAY', `visits`.`visited_on`) + INTERVAL '2' DAY >= :p0
    AND DATE_TRUNC('DAY', `visits`.`visited_on`) + INTERVAL '2' DAY < :p1
), `visits__agg_2__facts` AS (
  SELECT
    DATE_TRUNC('DAY', `visits__agg_2__parts`.`_happened_in` + INTERVAL '2' DAY) AS `metric_time__day`,
    SUM(`visits__agg_2__parts`.`_visit_count`) AS `_visit_count`
  FROM `visits__agg_2__parts`
  GROUP BY
    1
), `visits__agg_2` AS (
  SELECT
    `visits__agg_2__times`.`metric_time__day`,
    `visits__agg_2__facts`.`_visit_count`
  FROM `visits__agg_2__times`
  LEFT JOIN `visits__agg_2__facts`
    ON `visits__agg_2__times`.`metric_time__day` = `visits__agg_2__facts`.`metric_time__day`
)
SELECT
  COALESCE(`visits__agg`.`metric_time__day`, `visits__agg_2`.`metric_time__day`) AS `metric_time__day`,
  COALESCE(`visits__agg`.`_visit_count`, 0) AS `visits_each_day`,
  COALESCE(`visits__agg_2`.`_visit_count`, 0) AS `visits_each_day__previous`,
  COALESCE(`visits__agg`.`_visit_count`, 0) - COALESCE(`visits__agg_2`.`_visit_count`, 0) AS `visits_each_day__difference`,
  CAST((
    COALESCE(`visits__agg`.`_visit_count`, 0) - COALESCE(`visits__agg_2`.`_visit_count`, 0)
  ) * 100.0 AS DOUBLE) / NULLIF(COALESCE(`visits__agg_2`.`_visit_count`, 0), 0) AS `visits_each_day__percent_change`
FROM `visits__agg`
FULL OUTER JOIN `visits__agg_2`
  ON `visits__agg`.`metric_time__day` IS NOT DISTINCT FROM `visits__agg_2`.`metric_time__day`
