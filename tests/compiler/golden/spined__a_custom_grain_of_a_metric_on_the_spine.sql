-- duckdb
WITH "visits__agg__times" AS (
  SELECT
    "metric_time__school_term"."school_term" AS "metric_time__school_term"
  FROM "t"."days" AS "_spine"
  LEFT JOIN "t"."days" AS "metric_time__school_term"
    ON DATE_TRUNC('DAY', "_spine"."day") = "metric_time__school_term"."day"
  GROUP BY
    1
), "visits__agg__facts" AS (
  SELECT
    "metric_time__school_term"."school_term" AS "metric_time__school_term",
    COUNT("visits"."visit_id") AS "_visit_count"
  FROM "t"."visits"
  LEFT JOIN "t"."days" AS "metric_time__school_term"
    ON DATE_TRUNC('DAY', "visits"."visited_on") = "metric_time__school_term"."day"
  GROUP BY
    1
)
SELECT
  "visits__agg__times"."metric_time__school_term",
  COALESCE("visits__agg__facts"."_visit_count", 0) AS "visits_each_day"
FROM "visits__agg__times"
LEFT JOIN "visits__agg__facts"
  ON "visits__agg__times"."metric_time__school_term" IS NOT DISTINCT FROM "visits__agg__facts"."metric_time__school_term"

-- databricks
WITH `visits__agg__times` AS (
  SELECT
    `metric_time__school_term`.`school_term` AS `metric_time__school_term`
  FROM `t`.`days` AS `_spine`
  LEFT JOIN `t`.`days` AS `metric_time__school_term`
    ON DATE_TRUNC('DAY', `_spine`.`day`) = `metric_time__school_term`.`day`
  GROUP BY
    1
), `visits__agg__facts` AS (
  SELECT
    `metric_time__school_term`.`school_term` AS `metric_time__school_term`,
    COUNT(`visits`.`visit_id`) AS `_visit_count`
  FROM `t`.`visits`
  LEFT JOIN `t`.`days` AS `metric_time__school_term`
    ON DATE_TRUNC('DAY', `visits`.`visited_on`) = `metric_time__school_term`.`day`
  GROUP BY
    1
)
SELECT
  `visits__agg__times`.`metric_time__school_term`,
  COALESCE(`visits__agg__facts`.`_visit_count`, 0) AS `visits_each_day`
FROM `visits__agg__times`
LEFT JOIN `visits__agg__facts`
  ON `visits__agg__times`.`metric_time__school_term` IS NOT DISTINCT FROM `visits__agg__facts`.`metric_time__school_term`
