-- duckdb
-- p0 = datetime.date(2024, 2, 1)
-- p1 = datetime.date(2024, 2, 20)
WITH "visits__agg__parts" AS (
  SELECT
    DATE_TRUNC('DAY', "visits"."visited_on") AS "_happened_in",
    COUNT("visits"."visit_id") AS "_visit_count"
  FROM "t"."visits"
  GROUP BY
    1
)
SELECT
  DATE_TRUNC('MONTH', "_spine"."day") AS "metric_time__month",
  SUM("visits__agg__parts"."_visit_count") AS "visits_last_month"
FROM "visits__agg__parts"
INNER JOIN "t"."days" AS "_spine"
  ON "visits__agg__parts"."_happened_in" = "_spine"."day" - INTERVAL '1' MONTH
WHERE
  "_spine"."day" >= $p0 AND "_spine"."day" < $p1
GROUP BY
  1

-- databricks
-- p0 = datetime.date(2024, 2, 1)
-- p1 = datetime.date(2024, 2, 20)
WITH `visits__agg__parts` AS (
  SELECT
    DATE_TRUNC('DAY', `visits`.`visited_on`) AS `_happened_in`,
    COUNT(`visits`.`visit_id`) AS `_visit_count`
  FROM `t`.`visits`
  GROUP BY
    1
)
SELECT
  DATE_TRUNC('MONTH', `_spine`.`day`) AS `metric_time__month`,
  SUM(`visits__agg__parts`.`_visit_count`) AS `visits_last_month`
FROM `visits__agg__parts`
INNER JOIN `t`.`days` AS `_spine`
  ON `visits__agg__parts`.`_happened_in` = `_spine`.`day` - INTERVAL '1' MONTH
WHERE
  `_spine`.`day` >= :p0 AND `_spine`.`day` < :p1
GROUP BY
  1
