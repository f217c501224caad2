-- duckdb
WITH "visits__agg__parts" AS (
  SELECT
    DATE_TRUNC('DAY', "visits"."visited_on") AS "_happened_in",
    COUNT("visits"."visit_id") AS "_visit_count"
  FROM "t"."visits"
  GROUP BY
    1
), "visits__agg__shift1__from" AS (
  SELECT
    DATE_TRUNC('DAY', "_spine"."day") AS "_day",
    ROW_NUMBER() OVER (PARTITION BY "_spine"."school_term" ORDER BY "_spine"."day" ASC) AS "_row_in_period",
    DENSE_RANK() OVER (ORDER BY "_spine"."school_term" ASC) AS "_period_number"
  FROM "t"."days" AS "_spine"
  WHERE
    NOT "_spine"."school_term" IS NULL
), "visits__agg__shift1__to" AS (
  SELECT
    DATE_TRUNC('DAY', "_spine"."day") AS "_day",
    ROW_NUMBER() OVER (PARTITION BY "_spine"."school_term" ORDER BY "_spine"."day" ASC) AS "_row_in_period",
    DENSE_RANK() OVER (ORDER BY "_spine"."school_term" ASC) AS "_period_number"
  FROM "t"."days" AS "_spine"
  WHERE
    NOT "_spine"."school_term" IS NULL
)
SELECT
  DATE_TRUNC('DAY', "visits__agg__shift1__to"."_day") AS "metric_time__day",
  SUM("visits__agg__parts"."_visit_count") AS "visits_last_term"
FROM "visits__agg__parts"
INNER JOIN "visits__agg__shift1__from"
  ON "visits__agg__parts"."_happened_in" = "visits__agg__shift1__from"."_day"
INNER JOIN "visits__agg__shift1__to"
  ON "visits__agg__shift1__to"."_period_number" = "visits__agg__shift1__from"."_period_number" + 1
  AND "visits__agg__shift1__to"."_row_in_period" = "visits__agg__shift1__from"."_row_in_period"
GROUP BY
  1

-- databricks
WITH `visits__agg__parts` AS (
  SELECT
    DATE_TRUNC('DAY', `visits`.`visited_on`) AS `_happened_in`,
    COUNT(`visits`.`visit_id`) AS `_visit_count`
  FROM `t`.`visits`
  GROUP BY
    1
), `visits__agg__shift1__from` AS (
  SELECT
    DATE_TRUNC('DAY', `_spine`.`day`) AS `_day`,
    ROW_NUMBER() OVER (PARTITION BY `_spine`.`school_term` ORDER BY `_spine`.`day` ASC NULLS LAST) AS `_row_in_period`,
    DENSE_RANK() OVER (ORDER BY `_spine`.`school_term` ASC NULLS LAST) AS `_period_number`
  FROM `t`.`days` AS `_spine`
  WHERE
    NOT `_spine`.`school_term` IS NULL
), `visits__agg__shift1__to` AS (
  SELECT
    DATE_TRUNC('DAY', `_spine`.`day`) AS `_day`,
    ROW_NUMBER() OVER (PARTITION BY `_spine`.`school_term` ORDER BY `_spine`.`day` ASC NULLS LAST) AS `_row_in_period`,
    DENSE_RANK() OVER (ORDER BY `_spine`.`school_term` ASC NULLS LAST) AS `_period_number`
  FROM `t`.`days` AS `_spine`
  WHERE
    NOT `_spine`.`school_term` IS NULL
)
SELECT
  DATE_TRUNC('DAY', `visits__agg__shift1__to`.`_day`) AS `metric_time__day`,
  SUM(`visits__agg__parts`.`_visit_count`) AS `visits_last_term`
FROM `visits__agg__parts`
INNER JOIN `visits__agg__shift1__from`
  ON `visits__agg__parts`.`_happened_in` = `visits__agg__shift1__from`.`_day`
INNER JOIN `visits__agg__shift1__to`
  ON `visits__agg__shift1__to`.`_period_number` = `visits__agg__shift1__from`.`_period_number` + 1
  AND `visits__agg__shift1__to`.`_row_in_period` = `visits__agg__shift1__from`.`_row_in_period`
GROUP BY
  1
