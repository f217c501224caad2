-- duckdb
WITH "visits__agg__shift1__from" AS (
  SELECT
    DATE_TRUNC('DAY', "time_spine"."day") AS "day",
    ROW_NUMBER() OVER (PARTITION BY "time_spine"."school_term" ORDER BY "time_spine"."day" ASC) AS "row_in_period",
    DENSE_RANK() OVER (ORDER BY "time_spine"."school_term" ASC) AS "period_number"
  FROM "t"."days" AS "time_spine"
  WHERE
    NOT "time_spine"."school_term" IS NULL
), "visits__agg__shift1__to" AS (
  SELECT
    DATE_TRUNC('DAY', "time_spine"."day") AS "day",
    ROW_NUMBER() OVER (PARTITION BY "time_spine"."school_term" ORDER BY "time_spine"."day" ASC) AS "row_in_period",
    DENSE_RANK() OVER (ORDER BY "time_spine"."school_term" ASC) AS "period_number"
  FROM "t"."days" AS "time_spine"
  WHERE
    NOT "time_spine"."school_term" IS NULL
)
SELECT
  "metric_time__school_term"."school_term" AS "metric_time__school_term",
  COUNT("visits"."visit_id") AS "visits_last_term"
FROM "t"."visits"
INNER JOIN "visits__agg__shift1__from"
  ON DATE_TRUNC('DAY', "visits"."visited_on") = "visits__agg__shift1__from"."day"
INNER JOIN "visits__agg__shift1__to"
  ON "visits__agg__shift1__to"."period_number" = "visits__agg__shift1__from"."period_number" + 1
  AND "visits__agg__shift1__to"."row_in_period" = 1
LEFT JOIN "t"."days" AS "metric_time__school_term"
  ON DATE_TRUNC('DAY', "visits__agg__shift1__to"."day") = "metric_time__school_term"."day"
GROUP BY
  1

-- databricks
WITH `visits__agg__shift1__from` AS (
  SELECT
    DATE_TRUNC('DAY', `time_spine`.`day`) AS `day`,
    ROW_NUMBER() OVER (
      PARTITION BY `time_spine`.`school_term`
      ORDER BY `time_spine`.`day` ASC NULLS LAST
    ) AS `row_in_period`,
    DENSE_RANK() OVER (ORDER BY `time_spine`.`school_term` ASC NULLS LAST) AS `period_number`
  FROM `t`.`days` AS `time_spine`
  WHERE
    NOT `time_spine`.`school_term` IS NULL
), `visits__agg__shift1__to` AS (
  SELECT
    DATE_TRUNC('DAY', `time_spine`.`day`) AS `day`,
    ROW_NUMBER() OVER (
      PARTITION BY `time_spine`.`school_term`
      ORDER BY `time_spine`.`day` ASC NULLS LAST
    ) AS `row_in_period`,
    DENSE_RANK() OVER (ORDER BY `time_spine`.`school_term` ASC NULLS LAST) AS `period_number`
  FROM `t`.`days` AS `time_spine`
  WHERE
    NOT `time_spine`.`school_term` IS NULL
)
SELECT
  `metric_time__school_term`.`school_term` AS `metric_time__school_term`,
  COUNT(`visits`.`visit_id`) AS `visits_last_term`
FROM `t`.`visits`
INNER JOIN `visits__agg__shift1__from`
  ON DATE_TRUNC('DAY', `visits`.`visited_on`) = `visits__agg__shift1__from`.`day`
INNER JOIN `visits__agg__shift1__to`
  ON `visits__agg__shift1__to`.`period_number` = `visits__agg__shift1__from`.`period_number` + 1
  AND `visits__agg__shift1__to`.`row_in_period` = 1
LEFT JOIN `t`.`days` AS `metric_time__school_term`
  ON DATE_TRUNC('DAY', `visits__agg__shift1__to`.`day`) = `metric_time__school_term`.`day`
GROUP BY
  1
