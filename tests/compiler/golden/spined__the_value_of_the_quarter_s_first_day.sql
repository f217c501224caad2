-- duckdb
WITH "visits__agg__parts" AS (
  SELECT
    DATE_TRUNC('DAY', "visits"."visited_on") AS "_happened_in",
    COUNT("visits"."visit_id") AS "_visit_count"
  FROM "t"."visits"
  GROUP BY
    1
)
SELECT
  DATE_TRUNC('QUARTER', "_spine"."day") AS "metric_time__quarter",
  SUM("visits__agg__parts"."_visit_count") AS "visits_at_month_start"
FROM "visits__agg__parts"
INNER JOIN "t"."days" AS "_spine"
  ON "visits__agg__parts"."_happened_in" = DATE_TRUNC('MONTH', "_spine"."day")
WHERE
  "_spine"."day" = DATE_TRUNC('QUARTER', "_spine"."day")
GROUP BY
  1

-- databricks
WITH `visits__agg__parts` AS (
  SELECT
    DATE_TRUNC('DAY', `visits`.`visited_on`) AS `_happened_in`,
    COUNT(`visits`.`visit_id`) AS `_visit_count`
  FROM `t`.`visits`
  GROUP BY
    1
)
SELECT
  DATE_TRUNC('QUARTER', `_spine`.`day`) AS `metric_time__quarter`,
  SUM(`visits__agg__parts`.`_visit_count`) AS `visits_at_month_start`
FROM `visits__agg__parts`
INNER JOIN `t`.`days` AS `_spine`
  ON `visits__agg__parts`.`_happened_in` = DATE_TRUNC('MONTH', `_spine`.`day`)
WHERE
  `_spine`.`day` = DATE_TRUNC('QUARTER', `_spine`.`day`)
GROUP BY
  1
