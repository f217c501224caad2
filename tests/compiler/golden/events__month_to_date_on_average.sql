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
    "_spine"."_period" AS "_base_time",
    DATE_TRUNC('MONTH', "_spine"."_period") AS "metric_time__month",
    SUM("visits__agg__parts"."_seconds_sum") AS "_seconds_sum"
  FROM "visits__agg__parts"
  INNER JOIN (SELECT UNNEST(RANGE("first", "last", INTERVAL '1' DAY)) AS "_period" FROM (
    SELECT
      MIN(DATE_TRUNC('DAY', "visits"."visited_on")) AS "first",
      MAX(DATE_TRUNC('DAY', "visits"."visited_on")) + INTERVAL '1' DAY AS "last"
    FROM "t"."visits"
  )) AS "_spine"
    ON "visits__agg__parts"."_happened_in" < "_spine"."_period" + INTERVAL '1' DAY
    AND "visits__agg__parts"."_happened_in" >= DATE_TRUNC('MONTH', "_spine"."_period")
  GROUP BY
    1,
    2
)
SELECT
  "visits__agg__base"."metric_time__month",
  AVG("visits__agg__base"."_seconds_sum") AS "seconds_mtd_average"
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
    `_spine`.`_period` AS `_base_time`,
    DATE_TRUNC('MONTH', `_spine`.`_period`) AS `metric_time__month`,
    SUM(`visits__agg__parts`.`_seconds_sum`) AS `_seconds_sum`
  FROM `visits__agg__parts`
  INNER JOIN (SELECT EXPLODE(CASE WHEN `first` < `last` THEN SEQUENCE(`first`, `last` - INTERVAL '1' MICROSECOND, INTERVAL '1' DAY) END) AS `_period` FROM (
    SELECT
      MIN(DATE_TRUNC('DAY', `visits`.`visited_on`)) AS `first`,
      MAX(DATE_TRUNC('DAY', `visits`.`visited_on`)) + INTERVAL '1' DAY AS `last`
    FROM `t`.`visits`
  )) AS `_spine`
    ON `visits__agg__parts`.`_happened_in` < `_spine`.`_period` + INTERVAL '1' DAY
    AND `visits__agg__parts`.`_happened_in` >= DATE_TRUNC('MONTH', `_spine`.`_period`)
  GROUP BY
    1,
    2
)
SELECT
  `visits__agg__base`.`metric_time__month`,
  AVG(CAST(`visits__agg__base`.`_seconds_sum` AS DOUBLE)) AS `seconds_mtd_average`
FROM `visits__agg__base`
GROUP BY
  1
