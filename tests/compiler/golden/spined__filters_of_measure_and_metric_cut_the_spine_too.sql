-- duckdb
-- p0 = datetime.date(2024, 2, 3)
-- p1 = datetime.date(2024, 2, 1)
WITH "visits__agg__times" AS (
  SELECT
    DATE_TRUNC('DAY', "_spine"."day") AS "metric_time__day"
  FROM "t"."days" AS "_spine"
  WHERE
    "_spine"."day" < $p0 AND "_spine"."day" >= $p1
  GROUP BY
    1
), "visits__agg__facts" AS (
  SELECT
    DATE_TRUNC('DAY', "visits"."visited_on") AS "metric_time__day",
    COUNT("visits"."visit_id") AS "_visit_count"
  FROM "t"."visits"
  WHERE
    "visits"."visited_on" < $p0 AND "visits"."visited_on" >= $p1
  GROUP BY
    1
)
SELECT
  "visits__agg__times"."metric_time__day",
  "visits__agg__facts"."_visit_count" AS "visits_on_two_days"
FROM "visits__agg__times"
LEFT JOIN "visits__agg__facts"
  ON "visits__agg__times"."metric_time__day" = "visits__agg__facts"."metric_time__day"

-- databricks
-- p0 = datetime.date(2024, 2, 3)
-- p1 = datetime.date(2024, 2, 1)
WITH `visits__agg__times` AS (
  SELECT
    DATE_TRUNC('DAY', `_spine`.`day`) AS `metric_time__day`
  FROM `t`.`days` AS `_spine`
  WHERE
    `_spine`.`day` < :p0 AND `_spine`.`day` >= :p1
  GROUP BY
    1
), `visits__agg__facts` AS (
  SELECT
    DATE_TRUNC('DAY', `visits`.`visited_on`) AS `metric_time__day`,
    COUNT(`visits`.`visit_id`) AS `_visit_count`
  FROM `t`.`visits`
  WHERE
    `visits`.`visited_on` < :p0 AND `visits`.`visited_on` >= :p1
  GROUP BY
    1
)
SELECT
  `visits__agg__times`.`metric_time__day`,
  `visits__agg__facts`.`_visit_count` AS `visits_on_two_days`
FROM `visits__agg__times`
LEFT JOIN `visits__agg__facts`
  ON `visits__agg__times`.`metric_time__day` = `visits__agg__facts`.`metric_time__day`
