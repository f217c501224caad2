-- duckdb
WITH "visits__agg__periods" AS (
  SELECT
    DATE_TRUNC('MONTH', "visits"."visited_on") AS "metric_time__month",
    COUNT("visits"."visit_id") AS "_visit_count"
  FROM "t"."visits"
  GROUP BY
    1
), "visits__agg_2" AS (
  SELECT
    "visits__agg__periods"."metric_time__month" + INTERVAL '1' MONTH AS "metric_time__month",
    "visits__agg__periods"."_visit_count"
  FROM "visits__agg__periods"
  WHERE
    "visits__agg__periods"."metric_time__month" + INTERVAL '1' MONTH <= (
      SELECT
        DATE_TRUNC('MONTH', MAX("visits"."visited_on"))
      FROM "t"."visits"
    )
)
SELECT
  COALESCE("visits__agg"."metric_time__month", "visits__agg_2"."metric_time__month") AS "metric_time__month",
  "visits__agg"."_visit_count" - "visits__agg_2"."_visit_count" AS "visits_growth"
FROM "visits__agg__periods" AS "visits__agg"
FULL OUTER JOIN "visits__agg_2"
  ON "visits__agg"."metric_time__month" IS NOT DISTINCT FROM "visits__agg_2"."metric_time__month"

-- databricks
WITH `visits__agg__periods` AS (
  SELECT
    DATE_TRUNC('MONTH', `visits`.`visited_on`) AS `metric_time__month`,
    COUNT(`visits`.`visit_id`) AS `_visit_count`
  FROM `t`.`visits`
  GROUP BY
    1
), `visits__agg_2` AS (
  SELECT
    `visits__agg__periods`.`metric_time__month` + INTERVAL '1' MONTH AS `metric_time__month`,
    `visits__agg__periods`.`_visit_count`
  FROM `visits__agg__periods`
  WHERE
    `visits__agg__periods`.`metric_time__month` + INTERVAL '1' MONTH <= (
      SELECT
        DATE_TRUNC('MONTH', MAX(`visits`.`visited_on`))
      FROM `t`.`visits`
    )
)
SELECT
  COALESCE(`visits__agg`.`metric_time__month`, `visits__agg_2`.`metric_time__month`) AS `metric_time__month`,
  `visits__agg`.`_visit_count` - `visits__agg_2`.`_visit_count` AS `visits_growth`
FROM `visits__agg__periods` AS `visits__agg`
FULL OUTER JOIN `visits__agg_2`
  ON `visits__agg`.`metric_time__month` IS NOT DISTINCT FROM `visits__agg_2`.`metric_time__month`
