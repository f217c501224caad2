-- duckdb
WITH "visits__agg" AS (
  SELECT
    DATE_TRUNC('MONTH', "visits"."visited_on") AS "metric_time__month",
    COUNT("visits"."visit_id") AS "_visit_count"
  FROM "t"."visits"
  GROUP BY
    1
), "visits__agg_2__parts" AS (
  SELECT
    DATE_TRUNC('MONTH', "visits"."visited_on") AS "_happened_in",
    COUNT("visits"."visit_id") AS "_visit_count"
  FROM "t"."visits"
  GROUP BY
    1
  HAVING
    DATE_TRUNC('MONTH', DATE_TRUNC('MONTH', "visits"."visited_on") + INTERVAL '1' MONTH) <= (
      SELECT
        MAX(DATE_TRUNC('MONTH', "visits"."visited_on"))
      FROM "t"."visits"
    )
), "visits__agg_2" AS (
  SELECT
    DATE_TRUNC('MONTH', "visits__agg_2__parts"."_happened_in" + INTERVAL '1' MONTH) AS "metric_time__month",
    SUM("visits__agg_2__parts"."_visit_count") AS "_visit_count"
  FROM "visits__agg_2__parts"
  GROUP BY
    1
)
SELECT
  COALESCE("visits__agg"."metric_time__month", "visits__agg_2"."metric_time__month") AS "metric_time__month",
  "visits__agg"."_visit_count" - "visits__agg_2"."_visit_count" AS "visits_growth"
FROM "visits__agg"
FULL OUTER JOIN "visits__agg_2"
  ON "visits__agg"."metric_time__month" IS NOT DISTINCT FROM "visits__agg_2"."metric_time__month"

-- databricks
WITH `visits__agg` AS (
  SELECT
    DATE_TRUNC('MONTH', `visits`.`visited_on`) AS `metric_time__month`,
    COUNT(`visits`.`visit_id`) AS `_visit_count`
  FROM `t`.`visits`
  GROUP BY
    1
), `visits__agg_2__parts` AS (
  SELECT
    DATE_TRUNC('MONTH', `visits`.`visited_on`) AS `_happened_in`,
    COUNT(`visits`.`visit_id`) AS `_visit_count`
  FROM `t`.`visits`
  GROUP BY
    1
  HAVING
    DATE_TRUNC('MONTH', DATE_TRUNC('MONTH', `visits`.`visited_on`) + INTERVAL '1' MONTH) <= (
      SELECT
        MAX(DATE_TRUNC('MONTH', `visits`.`visited_on`))
      FROM `t`.`visits`
    )
), `visits__agg_2` AS (
  SELECT
    DATE_TRUNC('MONTH', `visits__agg_2__parts`.`_happened_in` + INTERVAL '1' MONTH) AS `metric_time__month`,
    SUM(`visits__agg_2__parts`.`_visit_count`) AS `_visit_count`
  FROM `visits__agg_2__parts`
  GROUP BY
    1
)
SELECT
  COALESCE(`visits__agg`.`metric_time__month`, `visits__agg_2`.`metric_time__month`) AS `metric_time__month`,
  `visits__agg`.`_visit_count` - `visits__agg_2`.`_visit_count` AS `visits_growth`
FROM `visits__agg`
FULL OUTER JOIN `visits__agg_2`
  ON `visits__agg`.`metric_time__month` IS NOT DISTINCT FROM `visits__agg_2`.`metric_time__month`
