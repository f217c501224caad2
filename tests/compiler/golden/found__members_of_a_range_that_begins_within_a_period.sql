-- duckdb
-- p0 = datetime.date(2024, 1, 15)
-- p1 = datetime.date(2024, 2, 2)
SELECT
  DATE_TRUNC('MONTH', "_spine"."day") AS "metric_time__month"
FROM "t"."days" AS "_spine"
WHERE
  "_spine"."day" >= $p0 AND "_spine"."day" < $p1
GROUP BY
  1

-- databricks
-- p0 = datetime.date(2024, 1, 15)
-- p1 = datetime.date(2024, 2, 2)
SELECT
  DATE_TRUNC('MONTH', `_spine`.`day`) AS `metric_time__month`
FROM `t`.`days` AS `_spine`
WHERE
  `_spine`.`day` >= :p0 AND `_spine`.`day` < :p1
GROUP BY
  1
