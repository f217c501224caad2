-- duckdb
SELECT
  "metric_time__school_term"."school_term" AS "metric_time__school_term"
FROM "t"."days" AS "_spine"
LEFT JOIN "t"."days" AS "metric_time__school_term"
  ON DATE_TRUNC('DAY', "_spine"."day") = "metric_time__school_term"."day"
GROUP BY
  1

-- databricks
SELECT
  `metric_time__school_term`.`school_term` AS `metric_time__school_term`
FROM `t`.`days` AS `_spine`
LEFT JOIN `t`.`days` AS `metric_time__school_term`
  ON DATE_TRUNC('DAY', `_spine`.`day`) = `metric_time__school_term`.`day`
GROUP BY
  1
