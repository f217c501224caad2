-- duckdb
SELECT
  COUNT("visits"."visit_id") AS "visits_so_far"
FROM "t"."visits"

-- databricks
SELECT
  COUNT(`visits`.`visit_id`) AS `visits_so_far`
FROM `t`.`visits`
