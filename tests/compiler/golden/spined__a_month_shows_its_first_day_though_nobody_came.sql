-- duckdb
WITH "visits__agg__base__times" AS (
  SELECT
    "_spine"."day" AS "_base_time",
    DATE_TRUNC('MONTH', "_spine"."day") AS "metric_time__month"
  FROM "t"."days" AS "_spine"
  GROUP BY
    1,
    2
), "visits__agg__facts" AS (
  SELECT
    "_spine"."day" AS "_base_time",
    DATE_TRUNC('MONTH', "_spine"."day") AS "metric_time__month",
    COUNT(DISTINCT "visits"."visitor") AS "_visitor_count"
  FROM "t"."visits"
  INNER JOIN "t"."days" AS "_spine"
    ON "visits"."visited_on" < "_spine"."day" + INTERVAL '1' DAY
    AND "visits"."visited_on" >= "_spine"."day" - INTERVAL '1' DAY + INTERVAL '1' DAY
  GROUP BY
    1,
    2
), "visits__agg__base" AS (
  SELECT
    "visits__agg__base__times"."_base_time",
    "visits__agg__base__times"."metric_time__month",
    "visits__agg__facts"."_visitor_count"
  FROM "visits__agg__base__times"
  LEFT JOIN "visits__agg__facts"
    ON "visits__agg__base__times"."_base_time" = "visits__agg__facts"."_base_time"
)
SELECT
  "visits__agg__base"."metric_time__month",
  COALESCE(
    ARG_MIN_NULL("visits__agg__base"."_visitor_count", "visits__agg__base"."_base_time"),
    0
  ) AS "visitors_on_the_day"
FROM "visits__agg__base"
GROUP BY
  1

-- databricks
WITH `visits__agg__base__times` AS (
  SELECT
    `_spine`.`day` AS `_base_time`,
    DATE_TRUNC('MONTH', `_spine`.`day`) AS `metric_time__month`
  FROM `t`.`days` AS `_spine`
  GROUP BY
    1,
    2
), `visits__agg__facts` AS (
  SELECT
    `_spine`.`day` AS `_base_time`,
    DATE_TRUNC('MONTH', `_spine`.`day`) AS `metric_time__month`,
    COUNT(DISTINCT `visits`.`visitor`) AS `_visitor_count`
  FROM `t`.`visits`
  INNER JOIN `t`.`days` AS `_spine`
    ON `visits`.`visited_on` < `_spine`.`day` + INTERVAL '1' DAY
    AND `visits`.`visited_on` >= `_spine`.`day` - INTERVAL '1' DAY + INTERVAL '1' DAY
  GROUP BY
    1,
    2
), `visits__agg__base` AS (
  SELECT
    `visits__agg__base__times`.`_base_time`,
    `visits__agg__base__times`.`metric_time__month`,
    `visits__agg__facts`.`_visitor_count`
  FROM `visits__agg__base__times`
  LEFT JOIN `visits__agg__facts`
    ON `visits__agg__base__times`.`_base_time` = `visits__agg__facts`.`_base_time`
)
SELECT
  `visits__agg__base`.`metric_time__month`,
  COALESCE(MIN_BY(`visits__agg__base`.`_visitor_count`, `visits__agg__base`.`_base_time`), 0) AS `visitors_on_the_day`
FROM `visits__agg__base`
GROUP BY
  1
