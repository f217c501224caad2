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
  DATE_TRUNC('DAY', "visits__agg__shift1__to"."day") AS "metric_time__day",
  COUNT("visits"."visit_id") AS "visits_last_term"
FROM "t"."visits"
INNER JOIN "visits__agg__shift1__from"
  ON DATE_TRUNC('DAY', "visits"."visited_on") = "visits__agg__shift1__from"."day"
INNER JOIN "visits__agg__shift1__to"
  ON "visits__agg__shift1__to"."period_number" = "visits__agg__shift1__from"."period_number" + 1
  AND "visits__agg__shift1__to"."row_in_period" = "visits__agg__shift1__from"."row_in_period"
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
  DATE_TRUNC('DAY', `visits__agg__shift1__to`.`day`) AS `metric_time__day`,
  COUNT(`visits`.`visit_id`) AS `visits_last_term`
FROM `t`.`visits`
INNER JOIN `visits__agg__shift1__from`
  ON DATE_TRUNC('DAY', `visits`.`visited_on`) = `visits__agg__shift1__from`.`day`
INNER JOIN `visits__agg__shift1__to`
  ON `visits__agg__shift1__to`.`period_number` = `visits__agg__shift1__from`.`period_number` + 1
  AND `visits__agg__shift1__to`.`row_in_period` = `visits__agg__shift1__from`.`row_in_period`
GROUP BY
  1
