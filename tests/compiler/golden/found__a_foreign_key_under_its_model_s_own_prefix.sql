-- duckdb
SELECT
  "visits"."visitor" AS "visit__visitor",
  COUNT("visits"."visit_id") AS "visits"
FROM "t"."visits"
GROUP BY
  1

-- databricks
SELECT
  `visits`.`visitor` AS `visit__visitor`,
  COUNT(`visits`.`visit_id`) AS `visits`
FROM `t`.`visits`
GROUP BY
  1
