-- duckdb
WITH "balances__agg__rows" AS (
  SELECT
    DATE_TRUNC('MONTH', "balances"."held_on") AS "metric_time__month",
    MAX(DATE_TRUNC('DAY', "balances"."held_on")) AS "_chosen_time"
  FROM "t"."balances"
  GROUP BY
    1
)
SELECT
  DATE_TRUNC('MONTH', "balances"."held_on") AS "metric_time__month",
  SUM("balances"."balance") AS "closing"
FROM "t"."balances"
INNER JOIN "balances__agg__rows"
  ON DATE_TRUNC('DAY', "balances"."held_on") = "balances__agg__rows"."_chosen_time"
  AND DATE_TRUNC('MONTH', "balances"."held_on") = "balances__agg__rows"."metric_time__month"
GROUP BY
  1

-- databricks
WITH `balances__agg__rows` AS (
  SELECT
    DATE_TRUNC('MONTH', `balances`.`held_on`) AS `metric_time__month`,
    MAX(DATE_TRUNC('DAY', `balances`.`held_on`)) AS `_chosen_time`
  FROM `t`.`balances`
  GROUP BY
    1
)
SELECT
  DATE_TRUNC('MONTH', `balances`.`held_on`) AS `metric_time__month`,
  SUM(`balances`.`balance`) AS `closing`
FROM `t`.`balances`
INNER JOIN `balances__agg__rows`
  ON DATE_TRUNC('DAY', `balances`.`held_on`) = `balances__agg__rows`.`_chosen_time`
  AND DATE_TRUNC('MONTH', `balances`.`held_on`) = `balances__agg__rows`.`metric_time__month`
GROUP BY
  1
