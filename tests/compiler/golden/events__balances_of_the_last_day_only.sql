-- duckdb
WITH "balances__agg__rows" AS (
  SELECT
    MAX(DATE_TRUNC('DAY', "balances"."held_on")) AS "_chosen_time"
  FROM "t"."balances"
)
SELECT
  "balances"."owner",
  SUM("balances"."balance") AS "closing"
FROM "t"."balances"
INNER JOIN "balances__agg__rows"
  ON DATE_TRUNC('DAY', "balances"."held_on") = "balances__agg__rows"."_chosen_time"
GROUP BY
  1

-- databricks
WITH `balances__agg__rows` AS (
  SELECT
    MAX(DATE_TRUNC('DAY', `balances`.`held_on`)) AS `_chosen_time`
  FROM `t`.`balances`
)
SELECT
  `balances`.`owner`,
  SUM(`balances`.`balance`) AS `closing`
FROM `t`.`balances`
INNER JOIN `balances__agg__rows`
  ON DATE_TRUNC('DAY', `balances`.`held_on`) = `balances__agg__rows`.`_chosen_time`
GROUP BY
  1
