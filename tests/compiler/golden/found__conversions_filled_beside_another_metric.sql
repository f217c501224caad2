-- duckdb
-- p0 = datetime.date(2024, 3, 1)
-- p1 = datetime.date(2024, 3, 2)
WITH "visits__agg" AS (
  SELECT
    DATE_TRUNC('MONTH', "visits"."visited_on") AS "metric_time__month",
    COUNT("visits"."visit_id") AS "_visit_count",
    TRUE AS "__present"
  FROM "t"."visits"
  WHERE
    "visits"."visited_on" >= $p0 AND "visits"."visited_on" < $p1
  GROUP BY
    1
), "visits__agg_2__base" AS (
  SELECT
    DATE_TRUNC('MONTH', "visits"."visited_on") AS "metric_time__month",
    "visits"."visitor" AS "_entity",
    DATE_TRUNC('DAY', "visits"."visited_on") AS "_period"
  FROM "t"."visits"
  WHERE
    "visits"."visited_on" >= $p0 AND "visits"."visited_on" < $p1
), "visits__agg_2__events" AS (
  SELECT
    "purchases"."visitor" AS "_entity",
    DATE_TRUNC('DAY', "purchases"."bought_on") AS "_period",
    "purchases"."purchase_id" AS "_converted",
    ROW_NUMBER() OVER (
      ORDER BY "purchases"."visitor" ASC, DATE_TRUNC('DAY', "purchases"."bought_on") ASC
    ) AS "_number"
  FROM "t"."purchases"
), "visits__agg_2__pairs" AS (
  SELECT
    "visits__agg_2__events"."_number",
    ARG_MAX_NULL("visits__agg_2__base"."metric_time__month", "visits__agg_2__base"."_period") AS "metric_time__month",
    MAX("visits__agg_2__events"."_converted") AS "_converted"
  FROM "visits__agg_2__base"
  INNER JOIN "visits__agg_2__events"
    ON "visits__agg_2__base"."_entity" = "visits__agg_2__events"."_entity"
    AND "visits__agg_2__base"."_period" <= "visits__agg_2__events"."_period"
    AND "visits__agg_2__base"."_period" > "visits__agg_2__events"."_period" - INTERVAL '7' DAY
  GROUP BY
    1
), "visits__agg_2" AS (
  SELECT
    "visits__agg_2__pairs"."metric_time__month",
    COUNT("visits__agg_2__pairs"."_converted") AS "_purchase_count",
    TRUE AS "__present"
  FROM "visits__agg_2__pairs"
  GROUP BY
    1
), "targets__agg__periods" AS (
  SELECT
    DATE_TRUNC('MONTH', "_spine"."day") AS "_period"
  FROM "t"."days" AS "_spine"
  GROUP BY
    1
  HAVING
    DATE_TRUNC('MONTH', "_spine"."day") >= $p0
    AND DATE_TRUNC('MONTH', "_spine"."day") < $p1
), "targets__agg__times" AS (
  SELECT
    DATE_TRUNC('MONTH', "targets__agg__periods"."_period") AS "metric_time__month"
  FROM "targets__agg__periods"
  GROUP BY
    1
), "targets__agg__facts" AS (
  SELECT
    DATE_TRUNC('MONTH', "targets"."month") AS "metric_time__month",
    SUM("targets"."target") AS "_target_sum"
  FROM "t"."targets"
  WHERE
    "targets"."month" >= $p0 AND "targets"."month" < $p1
  GROUP BY
    1
), "targets__agg" AS (
  SELECT
    "targets__agg__times"."metric_time__month",
    "targets__agg__facts"."_target_sum"
  FROM "targets__agg__times"
  LEFT JOIN "targets__agg__facts"
    ON "targets__agg__times"."metric_time__month" = "targets__agg__facts"."metric_time__month"
)
SELECT
  COALESCE(
    "visits__agg"."metric_time__month",
    "visits__agg_2"."metric_time__month",
    "targets__agg"."metric_time__month"
  ) AS "metric_time__month",
  CASE
    WHEN "visits__agg"."__present" OR "visits__agg_2"."__present"
    THEN COALESCE("visits__agg_2"."_purchase_count", 0)
  END AS "conversions",
  "targets__agg"."_target_sum" AS "targets_each_month"
FROM "visits__agg"
FULL OUTER JOIN "visits__agg_2"
  ON "visits__agg"."metric_time__month" IS NOT DISTINCT FROM "visits__agg_2"."metric_time__month"
FULL OUTER JOIN "targets__agg"
  ON COALESCE("visits__agg"."metric_time__month", "visits__agg_2"."metric_time__month") IS NOT DISTINCT FROM "targets__agg"."metric_time__month"

-- databricks
-- p0 = datetime.date(2024, 3, 1)
-- p1 = datetime.date(2024, 3, 2)
WITH `visits__agg` AS (
  SELECT
    DATE_TRUNC('MONTH', `visits`.`visited_on`) AS `metric_time__month`,
    COUNT(`visits`.`visit_id`) AS `_visit_count`,
    TRUE AS `__present`
  FROM `t`.`visits`
  WHERE
    `visits`.`visited_on` >= :p0 AND `visits`.`visited_on` < :p1
  GROUP BY
    1
), `visits__agg_2__base` AS (
  SELECT
    DATE_TRUNC('MONTH', `visits`.`visited_on`) AS `metric_time__month`,
    `visits`.`visitor` AS `_entity`,
    DATE_TRUNC('DAY', `visits`.`visited_on`) AS `_period`
  FROM `t`.`visits`
  WHERE
    `visits`.`visited_on` >= :p0 AND `visits`.`visited_on` < :p1
), `visits__agg_2__events` AS (
  SELECT
    `purchases`.`visitor` AS `_entity`,
    DATE_TRUNC('DAY', `purchases`.`bought_on`) AS `_period`,
    `purchases`.`purchase_id` AS `_converted`,
    ROW_NUMBER() OVER (
      ORDER BY `purchases`.`visitor` ASC NULLS LAST, DATE_TRUNC('DAY', `purchases`.`bought_on`) ASC NULLS LAST
    ) AS `_number`
  FROM `t`.`purchases`
), `visits__agg_2__pairs` AS (
  SELECT
    `visits__agg_2__events`.`_number`,
    MAX_BY(`visits__agg_2__base`.`metric_time__month`, `visits__agg_2__base`.`_period`) AS `metric_time__month`,
    MAX(`visits__agg_2__events`.`_converted`) AS `_converted`
  FROM `visits__agg_2__base`
  INNER JOIN `visits__agg_2__events`
    ON `visits__agg_2__base`.`_entity` = `visits__agg_2__events`.`_entity`
    AND `visits__agg_2__base`.`_period` <= `visits__agg_2__events`.`_period`
    AND `visits__agg_2__base`.`_period` > `visits__agg_2__events`.`_period` - INTERVAL '7' DAY
  GROUP BY
    1
), `visits__agg_2` AS (
  SELECT
    `visits__agg_2__pairs`.`metric_time__month`,
    COUNT(`visits__agg_2__pairs`.`_converted`) AS `_purchase_count`,
    TRUE AS `__present`
  FROM `visits__agg_2__pairs`
  GROUP BY
    1
), `targets__agg__periods` AS (
  SELECT
    DATE_TRUNC('MONTH', `_spine`.`day`) AS `_period`
  FROM `t`.`days` AS `_spine`
  GROUP BY
    1
  HAVING
    DATE_TRUNC('MONTH', `_spine`.`day`) >= :p0
    AND DATE_TRUNC('MONTH', `_spine`.`day`) < :p1
), `targets__agg__times` AS (
  SELECT
    DATE_TRUNC('MONTH', `targets__agg__periods`.`_period`) AS `metric_time__month`
  FROM `targets__agg__periods`
  GROUP BY
    1
), `targets__agg__facts` AS (
  SELECT
    DATE_TRUNC('MONTH', `targets`.`month`) AS `metric_time__month`,
    SUM(`targets`.`target`) AS `_target_sum`
  FROM `t`.`targets`
  WHERE
    `targets`.`month` >= :p0 AND `targets`.`month` < :p1
  GROUP BY
    1
), `targets__agg` AS (
  SELECT
    `targets__agg__times`.`metric_time__month`,
    `targets__agg__facts`.`_target_sum`
  FROM `targets__agg__times`
  LEFT JOIN `targets__agg__facts`
    ON `targets__agg__times`.`metric_time__month` = `targets__agg__facts`.`metric_time__month`
)
SELECT
  COALESCE(
    `visits__agg`.`metric_time__month`,
    `visits__agg_2`.`metric_time__month`,
    `targets__agg`.`metric_time__month`
  ) AS `metric_time__month`,
  CASE
    WHEN `visits__agg`.`__present` OR `visits__agg_2`.`__present`
    THEN COALESCE(`visits__agg_2`.`_purchase_count`, 0)
  END AS `conversions`,
  `targets__agg`.`_target_sum` AS `targets_each_month`
FROM `visits__agg`
FULL OUTER JOIN `visits__agg_2`
  ON `visits__agg`.`metric_time__month` IS NOT DISTINCT FROM `visits__agg_2`.`metric_time__month`
FULL OUTER JOIN `targets__agg`
  ON COALESCE(`visits__agg`.`metric_time__month`, `visits__agg_2`.`metric_time__month`) IS NOT DISTINCT FROM `targets__agg`.`metric_time__month`
