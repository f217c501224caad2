-- duckdb
-- p0 = '2024-02-01'
SELECT
  COUNT("visits"."visit_id") AS "visits"
FROM "t"."visits"
LEFT JOIN "t"."days" AS "metric_time__school_term"
  ON DATE_TRUNC('DAY', "visits"."visited_on") = "metric_time__school_term"."day"
WHERE
  "metric_time__school_term"."school_term" = $p0

-- databricks
-- p0 = '2024-02-01'
SELECT
  COUNT(`visits`.`visit_id`) AS `visits`
FROM `t`.`visits`
LEFT JOIN `t`.`days` AS `metric_time__school_term`
  ON DATE_TRUNC('DAY', `visits`.`visited_on`) = `metric_time__school_term`.`day`
WHERE
  `metric_time__school_term`.`school_term` = :p0
