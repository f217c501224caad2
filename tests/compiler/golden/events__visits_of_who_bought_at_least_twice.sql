-- duckdb
-- p0 = 2
WITH "purchases__by__visitor" AS (
  SELECT
    "purchases"."visitor",
    COUNT("purchases"."purchase_id") AS "_value"
  FROM "t"."purchases"
  GROUP BY
    1
), "visits__agg" AS (
  SELECT
    "visits"."page" AS "visit__page",
    COUNT("visits"."visit_id") AS "_visit_count"
  FROM "t"."visits"
  LEFT JOIN "purchases__by__visitor"
    ON "visits"."visitor" = "purchases__by__visitor"."visitor"
  WHERE
    "purchases__by__visitor"."_value" >= $p0
  GROUP BY
    1
), "visits__agg_2" AS (
  SELECT
    "visits"."page" AS "visit__page",
    COUNT("visits"."visit_id") AS "_visit_count"
  FROM "t"."visits"
  GROUP BY
    1
)
SELECT
  COALESCE("visits__agg"."visit__page", "visits__agg_2"."visit__page") AS "visit__page",
  "visits__agg"."_visit_count" AS "visits_of_buyers",
  "visits__agg_2"."_visit_count" AS "visits"
FROM "visits__agg"
FULL OUTER JOIN "visits__agg_2"
  ON "visits__agg"."visit__page" IS NOT DISTINCT FROM "visits__agg_2"."visit__page"

-- databricks
-- p0 = 2
WITH `purchases__by__visitor` AS (
  SELECT
    `purchases`.`visitor`,
    COUNT(`purchases`.`purchase_id`) AS `_value`
  FROM `t`.`purchases`
  GROUP BY
    1
), `visits__agg` AS (
  SELECT
    `visits`.`page` AS `visit__page`,
    COUNT(`visits`.`visit_id`) AS `_visit_count`
  FROM `t`.`visits`
  LEFT JOIN `purchases__by__visitor`
    ON `visits`.`visitor` = `purchases__by__visitor`.`visitor`
  WHERE
    `purchases__by__visitor`.`_value` >= :p0
  GROUP BY
    1
), `visits__agg_2` AS (
  SELECT
    `visits`.`page` AS `visit__page`,
    COUNT(`visits`.`visit_id`) AS `_visit_count`
  FROM `t`.`visits`
  GROUP BY
    1
)
SELECT
  COALESCE(`visits__agg`.`visit__page`, `visits__agg_2`.`visit__page`) AS `visit__page`,
  `visits__agg`.`_visit_count` AS `visits_of_buyers`,
  `visits__agg_2`.`_visit_count` AS `visits`
FROM `visits__agg`
FULL OUTER JOIN `visits__agg_2`
  ON `visits__agg`.`visit__page` IS NOT DISTINCT FROM `visits__agg_2`.`visit__page`
