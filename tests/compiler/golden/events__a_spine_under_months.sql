-- duckdb
WITH "visits__agg__times" AS (
  SELECT
    DATE_TRUNC('MONTH', "_spine"."_period") AS "metric_time__month"
  FROM (SELECT UNNEST(RANGE("first", "last", INTERVAL '1' DAY)) AS "_period" FROM (
    SELECT
      MIN(DATE_TRUNC('DAY', "visits"."visited_on")) AS "first",
      MAX(DATE_TRUNC('DAY', "visits"."visited_on")) + INTERVAL '1' DAY AS "last"
    FROM "t"."visits"
  )) AS "_spine"
  GROUP BY
    1
), "visits__agg__facts" AS (
  SELECT
    DATE_TRUNC('MONTH', "visits"."visited_on") AS "metric_time__month",
    COUNT("visits"."visit_id") AS "_visit_count"
  FROM "t"."visits"
  GROUP BY
    1
), "visits__agg" AS (
  SELECT
    "visits__agg__times"."metric_time__month",
    "visits__agg__facts"."_visit_count"
  FROM "visits__agg__times"
  LEFT JOIN "visits__agg__facts"
    ON "visits__agg__times"."metric_time__month" = "visits__agg__facts"."metric_time__month"
), "purchases__agg" AS (
  SELECT
    DATE_TRUNC('MONTH', "purchases"."bought_on") AS "metric_time__month",
    COUNT("purchases"."purchase_id") AS "_purchase_count"
  FROM "t"."purchases"
  GROUP BY
    1
)
SELECT
  COALESCE("visits__agg"."metric_time__month", "purchases__agg"."metric_time__month") AS "metric_time__month",
  COALESCE("visits__agg"."_visit_count", 0) AS "visits_each_day",
  "purchases__agg"."_purchase_count" AS "purchases"
FROM "visits__agg"
FULL OUTER JOIN "purchases__agg"
  ON "visits__agg"."metric_time__month" IS NOT DISTINCT FROM "purchases__agg"."metric_time__month"

-- databricks
WITH `visits__agg__times` AS (
  SELECT
    DATE_TRUNC('MONTH', `_spine`.`_period`) AS `metric_time__month`
  FROM (SELECT EXPLODE(CASE WHEN `first` < `last` THEN SEQUENCE(`first`, `last` - INTERVAL '1' MICROSECOND, INTERVAL '1' DAY) END) AS `_period` FROM (
    SELECT
      MIN(DATE_TRUNC('DAY', `visits`.`visited_on`)) AS `first`,
      MAX(DATE_TRUNC('DAY', `visits`.`visited_on`)) + INTERVAL '1' DAY AS `last`
    FROM `t`.`visits`
  )) AS `_spine`
  GROUP BY
    1
), `visits__agg__facts` AS (
  SELECT
    DATE_TRUNC('MONTH', `visits`.`visited_on`) AS `metric_time__month`,
    COUNT(`visits`.`visit_id`) AS `_visit_count`
  FROM `t`.`visits`
  GROUP BY
    1
), `visits__agg` AS (
  SELECT
    `visits__agg__times`.`metric_time__month`,
    `visits__agg__facts`.`_visit_count`
  FROM `visits__agg__times`
  LEFT JOIN `visits__agg__facts`
    ON `visits__agg__times`.`metric_time__month` = `visits__agg__facts`.`metric_time__month`
), `purchases__agg` AS (
  SELECT
    DATE_TRUNC('MONTH', `purchases`.`bought_on`) AS `metric_time__month`,
    COUNT(`purchases`.`purchase_id`) AS `_purchase_count`
  FROM `t`.`purchases`
  GROUP BY
    1
)
SELECT
  COALESCE(`visits__agg`.`metric_time__month`, `purchases__agg`.`metric_time__month`) AS `metric_time__month`,
  COALESCE(`visits__agg`.`_visit_count`, 0) AS `visits_each_day`,
  `purchases__agg`.`_purchase_count` AS `purchases`
FROM `visits__agg`
FULL OUTER JOIN `purchases__agg`
  ON `visits__agg`.`metric_time__month` IS NOT DISTINCT FROM `purchases__agg`.`metric_time__month`
