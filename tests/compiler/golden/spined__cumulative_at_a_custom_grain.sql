-- duckdb
WITH "visits__agg__base" AS (
  SELECT
    "time_spine"."day" AS "base_time",
    "metric_time__season"."season" AS "metric_time__season",
    COUNT("visits"."visit_id") AS "visit_count"
  FROM "t"."visits"
  INNER JOIN "t"."days" AS "time_spine"
    ON "visits"."visited_on" < "time_spine"."day" + INTERVAL '1' DAY
  LEFT JOIN "t"."days" AS "metric_time__season"
    ON DATE_TRUNC('DAY', "time_spine"."day") = "metric_time__season"."day"
  GROUP BY
    1,
    2
)
SELECT
  "visits__agg__base"."metric_time__season",
  ARG_MIN_NULL("visits__agg__base"."visit_count", "visits__agg__base"."base_time") AS "visits_so_far"
FROM "visits__agg__base"
GROUP BY
  1

-- databricks
WITH `visits__agg__base` AS (
  SELECT
    `time_spine`.`day` AS `base_time`,
    `metric_time__season`.`season` AS `metric_time__season`,
    COUNT(`visits`.`visit_id`) AS `visit_count`
  FROM `t`.`visits`
  INNER JOIN `t`.`days` AS `time_spine`
    ON `visits`.`visited_on` < `time_spine`.`day` + INTERVAL '1' DAY
  LEFT JOIN `t`.`days` AS `metric_time__season`
    ON DATE_TRUNC('DAY', `time_spine`.`day`) = `metric_time__season`.`day`
  GROUP BY
    1,
    2
)
SELECT
  `visits__agg__base`.`metric_time__season`,
  MIN_BY(`visits__agg__base`.`visit_count`, `visits__agg__base`.`base_time`) AS `visits_so_far`
FROM `visits__agg__base`
GROUP BY
  1
