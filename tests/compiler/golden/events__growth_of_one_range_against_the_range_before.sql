-- duckdb
-- p0 = datetime.date(2024, 2, 1)
-- p1 = datetime.date(2024, 3, 1)
WITH "visits__agg" AS (
  SELECT
    COUNT("visits"."visit_id") AS "_visit_count"
  FROM "t"."visits"
  WHERE
    "visits"."visited_on" >= $p0 AND "visits"."visited_on" < $p1
), "visits__agg_2" AS (
  SELECT
    COUNT("visits"."visit_id") AS "_visit_count"
  FROM "t"."visits"
  WHERE
    DATE_TRUNC('DAY', "visits"."visited_on") + INTERVAL '1' MONTH >= $p0
    AND DATE_TRUNC('DAY', "visits"."visited_on") + INTERVAL '1' MONTH < $p1
)
SELECT
  "visits__agg"."_visit_count" - "visits__agg_2"."_visit_count" AS "visits_growth"
FROM "visits__agg"
CROSS JOIN "visits__agg_2"

-- databricks
-- p0 = datetime.date(2024, 2, 1)
-- p1 = datetime.date(2024, 3, 1)
WITH `visits__agg` AS (
  SELECT
    COUNT(`visits`.`visit_id`) AS `_visit_count`
  FROM `t`.`visits`
  WHERE
    `visits`.`visited_on` >= :p0 AND `visits`.`visited_on` < :p1
), `visits__agg_2` AS (
  SELECT
    COUNT(`visits`.`visit_id`) AS `_visit_count`
  FROM `t`.`visits`
  WHERE
    DATE_TRUNC('DAY', `visits`.`visited_on`) + INTERVAL '1' MONTH >= :p0
    AND DATE_TRUNC('DAY', `visits`.`visited_on`) + INTERVAL '1' MONTH < :p1
)
SELECT
  `visits__agg`.`_visit_count` - `visits__agg_2`.`_visit_count` AS `visits_growth`
FROM `visits__agg`
CROSS JOIN `visits__agg_2`
