-- duckdb
-- p0 = datetime.date(2024, 1, 15)
-- p1 = datetime.date(2024, 2, 2)
WITH "visits__agg__times" AS (
  SELECT
    DATE_TRUNC('MONTH', "_spine"."day") AS "metric_time__month"
  FROM "t"."days" AS "_spine"
  WHERE
    "_spine"."day" >= $p0 AND "_spine"."day" < $p1
  GROUP BY
    1
), "visits__agg__facts" AS (
  SELECT
    DATE_TRUNC('MONTH', "visits"."visited_on") AS "metric_time__month",
    COUNT("visits"."visit_id") AS "_visit_count"
  FROM "t"."visits"
  WHERE
    "visits"."visited_on" >= $p0 AND "visits"."visited_on" < $p1
  GROUP BY
    1
)
SELECT
  "visits__agg__times"."metric_time__month",
  COALESCE("visits__agg__facts"."_visit_count", 0) AS "visits_each_day"
FROM "visits__agg__times"
LEFT JOIN "visits__agg__facts"
  ON "visits__agg__times"."metric_time__month" = "visits__agg__facts"."metric_time__month"

-- databricks
-- p0 = datetime.date(2024, 1, 15)
-- p1 = datetime.date(2024, 2, 2)
WITH `visits__agg__times` AS (
  SELECT
    DATE_TRUNC('MONTH', `_spine`.`day`) AS `metric_time__month`
  FROM `t`.`days` AS `_spine`
  WHERE
    `_spine`.`day` >= :p0 AND `_spine`.`day` < :p1
  GROUP BY
    1
), `visits__agg__facts` AS (
  SELECT
    DATE_TRUNC('MONTH', `visits`.`visited_on`) AS `metric_time__month`,
    COUNT(`visits`.`visit_id`) AS `_visit_count`
  FROM `t`.`visits`
  WHERE
    `visits`.`visited_on` >= :p0 AND `visits`.`visited_on` < :p1
  GROUP BY
    1
)
SELECT
  `visits__agg__times`.`metric_time__month`,
  COALESCE(`visits__agg__facts`.`_visit_count`, 0) AS `visits_each_day`
FROM `visits__agg__times`
LEFT JOIN `visits__agg__facts`
  ON `visits__agg__times`.`metric_time__month` = `visits__agg__facts`.`metric_time__month`
