-- duckdb
-- p0 = datetime.date(2024, 1, 1)
-- p1 = datetime.date(2024, 4, 1)
-- p2 = datetime.date(2024, 2, 1)
-- p3 = datetime.date(2024, 3, 1)
WITH "visits__agg__periods" AS (
  SELECT
    DATE_TRUNC('MONTH', "visits"."visited_on") AS "metric_time__month",
    COUNT(DISTINCT "visits"."visitor") AS "_visitor_count"
  FROM "t"."visits"
  WHERE
    "visits"."visited_on" >= $p0 AND "visits"."visited_on" < $p1
  GROUP BY
    1
), "visits__agg" AS (
  SELECT
    "visits__agg__periods"."metric_time__month",
    "visits__agg__periods"."_visitor_count"
  FROM "visits__agg__periods"
  WHERE
    "visits__agg__periods"."metric_time__month" >= $p2
), "visits__agg_2" AS (
  SELECT
    "visits__agg__periods"."metric_time__month" + INTERVAL '1' MONTH AS "metric_time__month",
    "visits__agg__periods"."_visitor_count"
  FROM "visits__agg__periods"
  WHERE
    "visits__agg__periods"."metric_time__month" < $p3
)
SELECT
  COALESCE("visits__agg"."metric_time__month", "visits__agg_2"."metric_time__month") AS "metric_time__month",
  "visits__agg"."_visitor_count" AS "visitors",
  "visits__agg_2"."_visitor_count" AS "visitors__previous",
  "visits__agg"."_visitor_count" - "visits__agg_2"."_visitor_count" AS "visitors__difference",
  CAST((
    "visits__agg"."_visitor_count" - "visits__agg_2"."_visitor_count"
  ) * 100.0 AS DOUBLE) / NULLIF("visits__agg_2"."_visitor_count", 0) AS "visitors__percent_change"
FROM "visits__agg"
FULL OUTER JOIN "visits__agg_2"
  ON "visits__agg"."metric_time__month" IS NOT DISTINCT FROM "visits__agg_2"."metric_time__month"

-- databricks
-- p0 = datetime.date(2024, 1, 1)
-- p1 = datetime.date(2024, 4, 1)
-- p2 = datetime.date(2024, 2, 1)
-- p3 = datetime.date(2024, 3, 1)
WITH `visits__agg__periods` AS (
  SELECT
    DATE_TRUNC('MONTH', `visits`.`visited_on`) AS `metric_time__month`,
    COUNT(DISTINCT `visits`.`visitor`) AS `_visitor_count`
  FROM `t`.`visits`
  WHERE
    `visits`.`visited_on` >= :p0 AND `visits`.`visited_on` < :p1
  GROUP BY
    1
), `visits__agg` AS (
  SELECT
    `visits__agg__periods`.`metric_time__month`,
    `visits__agg__periods`.`_visitor_count`
  FROM `visits__agg__periods`
  WHERE
    `visits__agg__periods`.`metric_time__month` >= :p2
), `visits__agg_2` AS (
  SELECT
    `visits__agg__periods`.`metric_time__month` + INTERVAL '1' MONTH AS `metric_time__month`,
    `visits__agg__periods`.`_visitor_count`
  FROM `visits__agg__periods`
  WHERE
    `visits__agg__periods`.`metric_time__month` < :p3
)
SELECT
  COALESCE(`visits__agg`.`metric_time__month`, `visits__agg_2`.`metric_time__month`) AS `metric_time__month`,
  `visits__agg`.`_visitor_count` AS `visitors`,
  `visits__agg_2`.`_visitor_count` AS `visitors__previous`,
  `visits__agg`.`_visitor_count` - `visits__agg_2`.`_visitor_count` AS `visitors__difference`,
  CAST((
    `visits__agg`.`_visitor_count` - `visits__agg_2`.`_visitor_count`
  ) * 100.0 AS DOUBLE) / NULLIF(`visits__agg_2`.`_visitor_count`, 0) AS `visitors__percent_change`
FROM `visits__agg`
FULL OUTER JOIN `visits__agg_2`
  ON `visits__agg`.`metric_time__month` IS NOT DISTINCT FROM `visits__agg_2`.`metric_time__month`
