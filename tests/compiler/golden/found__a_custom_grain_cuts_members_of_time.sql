-- duckdb
-- p0 = '2024-02-01'
SELECT
  DATE_TRUNC('MONTH', "_spine"."day") AS "metric_time__month"
FROM "t"."days" AS "_spine"
LEFT JOIN "t"."days" AS "metric_time__school_term"
  ON DATE_TRUNC('DAY', "_spine"."day") = "metric_time__school_term"."day"
WHERE
  "metric_time__school_term"."school_term" = $p0
GROUP BY
  1

-- databricks
-- p0 = '2024-02-01'
SELECT
  DATE_TRUNC('MONTH', `_spine`.`day`) AS `metric_time__month`
FROM `t`.`days` AS `_spine`
LEFT JOIN `t`.`days` AS `metric_time__school_term`
  ON DATE_TRUNC('DAY', `_spine`.`day`) = `metric_time__school_term`.`day`
WHERE
  `metric_time__school_term`.`school_term` = :p0
GROUP BY
  1
