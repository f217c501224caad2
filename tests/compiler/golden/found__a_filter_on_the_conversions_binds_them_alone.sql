-- duckdb
-- p0 = 9
WITH "visits__agg" AS (
  SELECT
    "visits"."page" AS "visit__page",
    COUNT("visits"."visit_id") AS "_visit_count"
  FROM "t"."visits"
  GROUP BY
    1
), "visits__agg_2__base" AS (
  SELECT
    "visits"."page" AS "visit__page",
    "visits"."visitor" AS "_entity",
    DATE_TRUNC('DAY', "visits"."visited_on") AS "_period"
  FROM "t"."visits"
), "visits__agg_2__events" AS (
  SELECT
    "purchases"."visitor" AS "_entity",
    DATE_TRUNC('DAY', "purchases"."bought_on") AS "_period",
    "purchases"."purchase_id" AS "_converted",
    ROW_NUMBER() OVER (
      ORDER BY "purchases"."visitor" ASC, DATE_TRUNC('DAY', "purchases"."bought_on") ASC
    ) AS "_number"
  FROM "t"."purchases"
  WHERE
    "purchases"."price" < $p0
), "visits__agg_2__pairs" AS (
  SELECT
    "visits__agg_2__events"."_number",
    ARG_MIN_NULL("visits__agg_2__base"."visit__page", ROW(
      "visits__agg_2__events"."_period" - "visits__agg_2__base"."_period",
      "visits__agg_2__base"."visit__page" IS NULL,
      "visits__agg_2__base"."visit__page"
    )) AS "visit__page",
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
    "visits__agg_2__pairs"."visit__page",
    COUNT("visits__agg_2__pairs"."_converted") AS "_purchase_count"
  FROM "visits__agg_2__pairs"
  GROUP BY
    1
)
SELECT
  COALESCE("visits__agg"."visit__page", "visits__agg_2"."visit__page") AS "visit__page",
  "visits__agg_2"."_purchase_count" AS "cheap_conversions",
  "visits__agg"."_visit_count" AS "visits"
FROM "visits__agg"
FULL OUTER JOIN "visits__agg_2"
  ON "visits__agg"."visit__page" IS NOT DISTINCT FROM "visits__agg_2"."visit__page"

-- databricks
-- p0 = 9
WITH `visits__agg` AS (
  SELECT
    `visits`.`page` AS `visit__page`,
    COUNT(`visits`.`visit_id`) AS `_visit_count`
  FROM `t`.`visits`
  GROUP BY
    1
), `visits__agg_2__base` AS (
  SELECT
    `visits`.`page` AS `visit__page`,
    `visits`.`visitor` AS `_entity`,
    DATE_TRUNC('DAY', `visits`.`visited_on`) AS `_period`
  FROM `t`.`visits`
), `visits__agg_2__events` AS (
  SELECT
    `purchases`.`visitor` AS `_entity`,
    DATE_TRUNC('DAY', `purchases`.`bought_on`) AS `_period`,
    `purchases`.`purchase_id` AS `_converted`,
    ROW_NUMBER() OVER (
      ORDER BY `purchases`.`visitor` ASC NULLS LAST, DATE_TRUNC('DAY', `purchases`.`bought_on`) ASC NULLS LAST
    ) AS `_number`
  FROM `t`.`purchases`
  WHERE
    `purchases`.`price` < :p0
), `visits__agg_2__pairs` AS (
  SELECT
    `visits__agg_2__events`.`_number`,
    MIN_BY(`visits__agg_2__base`.`visit__page`, STRUCT(
      `visits__agg_2__events`.`_period` - `visits__agg_2__base`.`_period`,
      `visits__agg_2__base`.`visit__page` IS NULL,
      `visits__agg_2__base`.`visit__page`
    )) AS `visit__page`,
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
    `visits__agg_2__pairs`.`visit__page`,
    COUNT(`visits__agg_2__pairs`.`_converted`) AS `_purchase_count`
  FROM `visits__agg_2__pairs`
  GROUP BY
    1
)
SELECT
  COALESCE(`visits__agg`.`visit__page`, `visits__agg_2`.`visit__page`) AS `visit__page`,
  `visits__agg_2`.`_purchase_count` AS `cheap_conversions`,
  `visits__agg`.`_visit_count` AS `visits`
FROM `visits__agg`
FULL OUTER JOIN `visits__agg_2`
  ON `visits__agg`.`visit__page` IS NOT DISTINCT FROM `visits__agg_2`.`visit__page`
