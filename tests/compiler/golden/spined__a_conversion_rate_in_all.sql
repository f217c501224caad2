-- duckdb
WITH "visits__agg" AS (
  SELECT
    COUNT("visits"."visit_id") AS "visit_count"
  FROM "t"."visits"
), "visits__agg_2__base" AS (
  SELECT
    "visits"."visitor" AS "entity",
    DATE_TRUNC('DAY', "visits"."visited_on") AS "happened_at"
  FROM "t"."visits"
), "visits__agg_2__events" AS (
  SELECT
    "purchases"."visitor" AS "entity",
    DATE_TRUNC('DAY', "purchases"."bought_on") AS "happened_at",
    "purchases"."purchase_id" AS "converted",
    ROW_NUMBER() OVER (
      ORDER BY "purchases"."visitor" ASC, DATE_TRUNC('DAY', "purchases"."bought_on") ASC
    ) AS "conversion_number"
  FROM "t"."purchases"
), "visits__agg_2__pairs" AS (
  SELECT
    "visits__agg_2__events"."conversion_number",
    MAX("visits__agg_2__events"."converted") AS "converted"
  FROM "visits__agg_2__base"
  INNER JOIN "visits__agg_2__events"
    ON "visits__agg_2__base"."entity" = "visits__agg_2__events"."entity"
    AND "visits__agg_2__base"."happened_at" <= "visits__agg_2__events"."happened_at"
    AND "visits__agg_2__base"."happened_at" > "visits__agg_2__events"."happened_at" - INTERVAL '7' DAY
  GROUP BY
    1
), "visits__agg_2" AS (
  SELECT
    COUNT("visits__agg_2__pairs"."converted") AS "purchase_count"
  FROM "visits__agg_2__pairs"
)
SELECT
  CAST("visits__agg_2"."purchase_count" AS DOUBLE) / NULLIF("visits__agg"."visit_count", 0) AS "conversion_rate"
FROM "visits__agg"
CROSS JOIN "visits__agg_2"

-- databricks
WITH `visits__agg` AS (
  SELECT
    COUNT(`visits`.`visit_id`) AS `visit_count`
  FROM `t`.`visits`
), `visits__agg_2__base` AS (
  SELECT
    `visits`.`visitor` AS `entity`,
    DATE_TRUNC('DAY', `visits`.`visited_on`) AS `happened_at`
  FROM `t`.`visits`
), `visits__agg_2__events` AS (
  SELECT
    `purchases`.`visitor` AS `entity`,
    DATE_TRUNC('DAY', `purchases`.`bought_on`) AS `happened_at`,
    `purchases`.`purchase_id` AS `converted`,
    ROW_NUMBER() OVER (
      ORDER BY `purchases`.`visitor` ASC NULLS LAST, DATE_TRUNC('DAY', `purchases`.`bought_on`) ASC NULLS LAST
    ) AS `conversion_number`
  FROM `t`.`purchases`
), `visits__agg_2__pairs` AS (
  SELECT
    `visits__agg_2__events`.`conversion_number`,
    MAX(`visits__agg_2__events`.`converted`) AS `converted`
  FROM `visits__agg_2__base`
  INNER JOIN `visits__agg_2__events`
    ON `visits__agg_2__base`.`entity` = `visits__agg_2__events`.`entity`
    AND `visits__agg_2__base`.`happened_at` <= `visits__agg_2__events`.`happened_at`
    AND `visits__agg_2__base`.`happened_at` > `visits__agg_2__events`.`happened_at` - INTERVAL '7' DAY
  GROUP BY
    1
), `visits__agg_2` AS (
  SELECT
    COUNT(`visits__agg_2__pairs`.`converted`) AS `purchase_count`
  FROM `visits__agg_2__pairs`
)
SELECT
  CAST(`visits__agg_2`.`purchase_count` AS DOUBLE) / NULLIF(`visits__agg`.`visit_count`, 0) AS `conversion_rate`
FROM `visits__agg`
CROSS JOIN `visits__agg_2`
