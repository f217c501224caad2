-- duckdb
WITH "visits__agg__base" AS (
  SELECT
    "time_spine"."day" AS "base_time",
    DATE_TRUNC('MONTH', "time_spine"."day") AS "metric_time__month",
    SUM("visits"."seconds") AS "seconds_sum"
  FROM "t"."visits"
  INNER JOIN "t"."days" AS "time_spine"
    ON "visits"."visited_on" < "time_spine"."day" + INTERVAL '1' DAY
    AND "visits"."visited_on" >= DATE_TRUNC('MONTH', "time_spine"."day")
  GROUP BY
    1,
    2
)
SELECT
  "visits__agg__base"."metric_time__month",
  AVG("visits__agg__base"."seconds_sum") AS "seconds_mtd_average"
FROM "visits__agg__base"
GROUP BY
  1

-- databricks
WITH `visits__agg__base` AS (
  SELECT
    `time_spine`.`day` AS `base_time`,
    DATE_TRUNC('MONTH', `time_spine`.`day`) AS `metric_time__month`,
    SUM(`visits`.`seconds`) AS `seconds_sum`
  FROM `t`.`visits`
  INNER JOIN `t`.`days` AS `time_spine`
    ON `visits`.`visited_on` < `time_spine`.`day` + INTERVAL '1' DAY
    AND `visits`.`visited_on` >= DATE_TRUNC('MONTH', `time_spine`.`day`)
  GROUP BY
    1,
    2
)
SELECT
  `visits__agg__base`.`metric_time__month`,
  AVG(CAST(`visits__agg__base`.`seconds_sum` AS DOUBLE)) AS `seconds_mtd_average`
FROM `visits__agg__base`
GROUP BY
  1
