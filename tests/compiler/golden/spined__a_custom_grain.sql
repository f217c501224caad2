-- duckdb
SELECT
  "metric_time__school_term"."school_term" AS "metric_time__school_term",
  COUNT("visits"."visit_id") AS "visits"
FROM "t"."visits"
LEFT JOIN "t"."days" AS "metric_time__school_term"
  ON DATE_TRUNC('DAY', "visits"."visited_on") = "metric_time__school_term"."day"
GROUP BY
  1

-- databricks
SELECT
  `metric_time__school_term`.`school_term` AS `metric_time__school_term`,
  COUNT(`visits`.`visit_id`) AS `visits`
FROM `t`.`visits`
LEFT JOIN `t`.`days` AS `metric_time__school_term`
  ON DATE_TRUNC('DAY', `visits`.`visited_on`) = `metric_time__school_term`.`day`
GROUP BY
  1
