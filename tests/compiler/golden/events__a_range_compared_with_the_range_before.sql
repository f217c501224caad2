-- duckdb
-- p0 = datetime.date(2024, 3, 1)
-- p1 = datetime.date(2024, 4, 1)
WITH "visits__agg" AS (
  SELECT
    SUM("visits"."seconds") AS "_seconds_sum"
  FROM "t"."visits"
  WHERE
    "visits"."visited_on" >= $p0 AND "visits"."visited_on" < $p1
), "visits__agg_2" AS (
  SELECT
    SUM("visits"."seconds") AS "_seconds_sum"
  FROM "t"."visits"
  WHERE
    DATE_TRUNC('DAY', "visits"."visited_on") + INTERVAL '1' MONTH >= $p0
    AND DATE_TRUNC('DAY', "visits"."visited_on") + INTERVAL '1' MONTH < $p1
)
SELECT
  "visits__agg"."_seconds_sum" AS "seconds",
  "visits__agg_2"."_seconds_sum" AS "seconds__previous",
  "visits__agg"."_seconds_sum" - "visits__agg_2"."_seconds_sum" AS "seconds__difference",
  CAST((
    "visits__agg"."_seconds_sum" - "visits__agg_2"."_seconds_sum"
  ) * 100.0 AS DOUBLE) / NULLIF("visits__agg_2"."_seconds_sum", 0) AS "seconds__percent_change"
FROM "visits__agg"
CROSS JOIN "visits__agg_2"

-- databricks
-- p0 = datetime.date(2024, 3, 1)
-- p1 = datetime.date(2024, 4, 1)
WITH `visits__agg` AS (
  SELECT
    SUM(`visits`.`seconds`) AS `_seconds_sum`
  FROM `t`.`visits`
  WHERE
    `visits`.`visited_on` >= :p0 AND `visits`.`visited_on` < :p1
), `visits__agg_2` AS (
  SELECT
    SUM(`visits`.`seconds`) AS `_seconds_sum`
  FROM `t`.`visits`
  WHERE
    DATE_TRUNC('DAY', `visits`.`visited_on`) + INTERVAL '1' MONTH >= :p0
    AND DATE_TRUNC('DAY', `visits`.`visited_on`) + INTERVAL '1' MONTH < :p1
)
SELECT
  `visits__agg`.`_seconds_sum` AS `seconds`,
  `visits__agg_2`.`_seconds_sum` AS `seconds__previous`,
  `visits__agg`.`_seconds_sum` - `visits__agg_2`.`_seconds_sum` AS `seconds__difference`,
  CAST((
    `visits__agg`.`_seconds_sum` - `visits__agg_2`.`_seconds_sum`
  ) * 100.0 AS DOUBLE) / NULLIF(`visits__agg_2`.`_seconds_sum`, 0) AS `seconds__percent_change`
FROM `visits__agg`
CROSS JOIN `visits__agg_2`
