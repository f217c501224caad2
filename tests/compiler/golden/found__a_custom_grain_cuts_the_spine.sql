-- duckdb
-- p0 = '2024-02-01'
WITH "visits__agg__times" AS (
  SELECT
    DATE_TRUNC('MONTH', "_spine"."day") AS "metric_time__month"
  FROM "t"."days" AS "_spine"
  LEFT JOIN "t"."days" AS "metric_time__school_term"
    ON DATE_TRUNC('DAY', "_spine"."day") = "metric_time__school_term"."day"
  WHERE
    "metric_time__school_term"."school_term" = $p0
  GROUP BY
    1
), "visits__agg__facts" AS (
  SELECT
    DATE_TRUNC('MONTH', "visits"."visited_on") AS "metric_time__month",
    COUNT("visits"."visit_id") AS "_visit_count"
  FROM "t"."visits"
  LEFT JOIN "t"."days" AS "metric_time__school_term"
    ON DATE_TRUNC('DAY', "visits"."visited_on") = "metric_time__school_term"."day"
  WHERE
    "metric_time__school_term"."school_term" = $p0
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
-- p0 = '2024-02-01'
WITH `visits__agg__times` AS (
  SELECT
    DATE_TRUNC('MONTH', `_spine`.`day`) AS `metric_time__month`
  FROM `t`.`days` AS `_spine`
  LEFT JOIN `t`.`days` AS `metric_time__school_term`
    ON DATE_TRUNC('DAY', `_spine`.`day`) = `metric_time__school_term`.`day`
  WHERE
    `metric_time__school_term`.`school_term` = :p0
  GROUP BY
    1
), `visits__agg__facts` AS (
  SELECT
    DATE_TRUNC('MONTH', `visits`.`visited_on`) AS `metric_time__month`,
    COUNT(`visits`.`visit_id`) AS `_visit_count`
  FROM `t`.`visits`
  LEFT JOIN `t`.`days` AS `metric_time__school_term`
    ON DATE_TRUNC('DAY', `visits`.`visited_on`) = `metric_time__school_term`.`day`
  WHERE
    `metric_time__school_term`.`school_term` = :p0
  GROUP BY
    1
)
SELECT
  `visits__agg__times`.`metric_time__month`,
  COALESCE(`visits__agg__facts`.`_visit_count`, 0) AS `visits_each_day`
FROM `visits__agg__times`
LEFT JOIN `visits__agg__facts`
  ON `visits__agg__times`.`metric_time__month` = `visits__agg__facts`.`metric_time__month`
