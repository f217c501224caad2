-- duckdb
WITH "visits__agg__parts" AS (
  SELECT
    DATE_TRUNC('DAY', "visits"."visited_on") AS "_happened_in",
    SUM("visits"."seconds") AS "_seconds_sum"
  FROM "t"."visits"
  GROUP BY
    1
), "visits__agg__base" AS (
  SELECT
    "_spine"."day" AS "_base_time",
    DATE_TRUNC('MONTH', "_spine"."day") AS "metric_time__month",
    SUM("visits__agg__parts"."_seconds_sum") AS "_seconds_sum"
  FROM "visits__agg__parts"
  INNER JOIN "t"."days" AS "_spine"
    ON "visits__agg__parts"."_happened_in" < "_spine"."day" + INTERVAL '1' DAY
    AND "visits__agg__parts"."_happened_in" >= DATE_TRUNC('MONTH', "_spine"."day")
  GROUP BY
    1,
    2
)
SELECT
  "visits__agg__base"."metric_time__month",
  ARG_MAX_NULL("visits__agg__base"."_seconds_sum", "visits__agg__base"."_base_time") AS "seconds_mtd"
FROM "visits__agg__base"
GROUP BY
  1

-- databricks
WITH `visits__agg__parts` AS (
  SELECT
    DATE_TRUNC('DAY', `visits`.`visited_on`) AS `_happened_in`,
    SUM(`visits`.`seconds`) AS `_seconds_sum`
  FROM `t`.`visits`
  GROUP BY
    1
), `visits__agg__base` AS (
  SELECT
    `_spine`.`day` AS `_base_time`,
    DATE_TRUNC('MONTH', `_spine`.`day`) AS `metric_time__month`,
    SUM(`visits__agg__parts`.`_seconds_sum`) AS `_seconds_sum`
  FROM `visits__agg__parts`
  INNER JOIN `t`.`days` AS `_spine`
    ON `visits__agg__parts`.`_happened_in` < `_spine`.`day` + INTERVAL '1' DAY
    AND `visits__agg__parts`.`_happened_in` >= DATE_TRUNC('MONTH', `_spine`.`day`)
  GROUP BY
    1,
    2
)
SELECT
  `visits__agg__base`.`metric_time__month`,
  MAX_BY(`visits__agg__base`.`_seconds_sum`, `visits__agg__base`.`_base_time`) AS `seconds_mtd`
FROM `visits__agg__base`
GROUP BY
  1
