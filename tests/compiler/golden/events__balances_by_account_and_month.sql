-- duckdb
WITH "balances__agg__rows" AS (
  SELECT
    "balances"."account" AS "_grouping_account",
    DATE_TRUNC('MONTH', "balances"."held_on") AS "metric_time__month",
    MAX(DATE_TRUNC('DAY', "balances"."held_on")) AS "_chosen_time"
  FROM "t"."balances"
  GROUP BY
    1,
    2
)
SELECT
  DATE_TRUNC('MONTH', "balances"."held_on") AS "metric_time__month",
  SUM("balances"."balance") AS "closing_by_account"
FROM "t"."balances"
INNER JOIN "balances__agg__rows"
  ON DATE_TRUNC('DAY', "balances"."held_on") = "balances__agg__rows"."_chosen_time"
  AND "balances"."account" IS NOT DISTINCT FROM "balances__agg__rows"."_grouping_account"
  AND DATE_TRUNC('MONTH', "balances"."held_on") = "balances__agg__rows"."metric_time__month"
GROUP BY
  1

-- databricks
WITH `balances__agg__rows` AS (
  SELECT
    `balances`.`account` AS `_grouping_account`,
    DATE_TRUNC('MONTH', `balances`.`held_on`) AS `metric_time__month`,
    MAX(DATE_TRUNC('DAY', `balances`.`held_on`)) AS `_chosen_time`
  FROM `t`.`balances`
  GROUP BY
    1,
    2
)
SELECT
  DATE_TRUNC('MONTH', `balances`.`held_on`) AS `metric_time__month`,
  SUM(`balances`.`balance`) AS `closing_by_account`
FROM `t`.`balances`
INNER JOIN `balances__agg__rows`
  ON DATE_TRUNC('DAY', `balances`.`held_on`) = `balances__agg__rows`.`_chosen_time`
  AND `balances`.`account` IS NOT DISTINCT FROM `balances__agg__rows`.`_grouping_account`
  AND DATE_TRUNC('MONTH', `balances`.`held_on`) = `balances__agg__rows`.`metric_time__month`
GROUP BY
  1
