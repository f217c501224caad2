-- duckdb
-- p0 = datetime.date(2030, 1, 2)
SELECT
  COUNT("visits"."visit_id") AS "visits_last_month"
FROM "t"."visits"
INNER JOIN "t"."days" AS "_spine"
  ON DATE_TRUNC('DAY', "visits"."visited_on") = "_spine"."day" - INTERVAL '1' MONTH
WHERE
  "_spine"."day" >= $p0

-- databricks
-- p0 = datetime.date(2030, 1, 2)
SELECT
  COUNT(`visits`.`visit_id`) AS `visits_last_month`
FROM `t`.`visits`
INNER JOIN `t`.`days` AS `_spine`
  ON DATE_TRUNC('DAY', `visits`.`visited_on`) = `_spine`.`day` - INTERVAL '1' MONTH
WHERE
  `_spine`.`day` >= :p0
