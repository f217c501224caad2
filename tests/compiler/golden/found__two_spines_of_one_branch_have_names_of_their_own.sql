-- duckdb
WITH "targets__agg__periods" AS (
  SELECT
    DATE_TRUNC('MONTH', "_spine"."day") AS "_period"
  FROM "t"."days" AS "_spine"
  GROUP BY
    1
), "targets__agg__times" AS (
  SELECT
    DATE_TRUNC('MONTH', "targets__agg__periods"."_period") AS "metric_time__month"
  FROM "targets__agg__periods"
  GROUP BY
    1
), "targets__agg__parts" AS (
  SELECT
    DATE_TRUNC('MONTH', "targets"."month") AS "_happened_in",
    SUM("targets"."target") AS "_target_sum"
  FROM "t"."targets"
  GROUP BY
    1
), "targets__agg__spine" AS (
  SELECT
    DATE_TRUNC('MONTH', "_spine"."day") AS "_period"
  FROM "t"."days" AS "_spine"
  GROUP BY
    1
), "targets__agg__facts" AS (
  SELECT
    DATE_TRUNC('MONTH', "targets__agg__spine"."_period") AS "metric_time__month",
    SUM("targets__agg__parts"."_target_sum") AS "_target_sum"
  FROM "targets__agg__parts"
  INNER JOIN "targets__agg__spine"
    ON "targets__agg__parts"."_happened_in" = DATE_TRUNC('QUARTER', "targets__agg__spine"."_period")
  GROUP BY
    1
)
SELECT
  "targets__agg__times"."metric_time__month",
  "targets__agg__facts"."_target_sum" AS "target_at_quarter_start"
FROM "targets__agg__times"
LEFT JOIN "targets__agg__facts"
  ON "targets__agg__times"."metric_time__month" = "targets__agg__facts"."metric_time__month"

-- databricks
WITH `targets__agg__periods` AS (
  SELECT
    DATE_TRUNC('MONTH', `_spine`.`day`) AS `_period`
  FROM `t`.`days` AS `_spine`
  GROUP BY
    1
), `targets__agg__times` AS (
  SELECT
    DATE_TRUNC('MONTH', `targets__agg__periods`.`_period`) AS `metric_time__month`
  FROM `targets__agg__periods`
  GROUP BY
    1
), `targets__agg__parts` AS (
  SELECT
    DATE_TRUNC('MONTH', `targets`.`month`) AS `_happened_in`,
    SUM(`targets`.`target`) AS `_target_sum`
  FROM `t`.`targets`
  GROUP BY
    1
), `targets__agg__spine` AS (
  SELECT
    DATE_TRUNC('MONTH', `_spine`.`day`) AS `_period`
  FROM `t`.`days` AS `_spine`
  GROUP BY
    1
), `targets__agg__facts` AS (
  SELECT
    DATE_TRUNC('MONTH', `targets__agg__spine`.`_period`) AS `metric_time__month`,
    SUM(`targets__agg__parts`.`_target_sum`) AS `_target_sum`
  FROM `targets__agg__parts`
  INNER JOIN `targets__agg__spine`
    ON `targets__agg__parts`.`_happened_in` = DATE_TRUNC('QUARTER', `targets__agg__spine`.`_period`)
  GROUP BY
    1
)
SELECT
  `targets__agg__times`.`metric_time__month`,
  `targets__agg__facts`.`_target_sum` AS `target_at_quarter_start`
FROM `targets__agg__times`
LEFT JOIN `targets__agg__facts`
  ON `targets__agg__times`.`metric_time__month` = `targets__agg__facts`.`metric_time__month`
