-- duckdb
SELECT
  DATE_TRUNC('QUARTER', "_spine"."_period") AS "metric_time__quarter",
  COUNT("visits"."visit_id") AS "visits_at_month_start"
FROM "t"."visits"
INNER JOIN (SELECT UNNEST(RANGE("first", "last", INTERVAL '1' DAY)) AS "_period" FROM (
  SELECT
    MIN(DATE_TRUNC('DAY', "visits"."visited_on")) AS "first",
    MAX(DATE_TRUNC('DAY', "visits"."visited_on")) + INTERVAL '1' DAY AS "last"
  FROM "t"."visits"
)) AS "_spine"
  ON DATE_TRUNC('DAY', "visits"."visited_on") = DATE_TRUNC('MONTH', "_spine"."_period")
WHERE
  "_spine"."_period" = DATE_TRUNC('QUARTER', "_spine"."_period")
GROUP BY
  1

-- databricks
SELECT
  DATE_TRUNC('QUARTER', `_spine`.`_period`) AS `metric_time__quarter`,
  COUNT(`visits`.`visit_id`) AS `visits_at_month_start`
FROM `t`.`visits`
INNER JOIN (SELECT EXPLODE(CASE WHEN `first` < `last` THEN SEQUENCE(`first`, `last` - INTERVAL '1' MICROSECOND, INTERVAL '1' DAY) END) AS `_period` FROM (
  SELECT
    MIN(DATE_TRUNC('DAY', `visits`.`visited_on`)) AS `first`,
    MAX(DATE_TRUNC('DAY', `visits`.`visited_on`)) + INTERVAL '1' DAY AS `last`
  FROM `t`.`visits`
)) AS `_spine`
  ON DATE_TRUNC('DAY', `visits`.`visited_on`) = DATE_TRUNC('MONTH', `_spine`.`_period`)
WHERE
  `_spine`.`_period` = DATE_TRUNC('QUARTER', `_spine`.`_period`)
GROUP BY
  1
