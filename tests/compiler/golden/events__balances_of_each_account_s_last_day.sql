-- duckdb
WITH "balances__agg__rows" AS (
  SELECT
    "balances"."account" AS "_grouping_account",
    MAX(DATE_TRUNC('DAY', "balances"."held_on")) AS "_chosen_time"
  FROM "t"."balances"
  GROUP BY
    1
)
SELECT
  "balances"."owner",
  SUM("balances"."balance") AS "closing_by_account"
FROM "t"."balances"
INNER JOIN "balances__agg__rows"
  ON DATE_TRUNC('DAY', "balances"."held_on") = "balances__agg__rows"."_chosen_time"
  AND "balances"."account" IS NOT DISTINCT FROM "balances__agg__rows"."_grouping_account"
GROUP BY
  1

-- databricks
WITH `balances__agg__rows` AS (
  SELECT
    `balances`.`account` AS `_grouping_account`,
    MAX(DATE_TRUNC('DAY', `balances`.`held_on`)) AS `_chosen_time`
  FROM `t`.`balances`
  GROUP BY
    1
)
SELECT
  `balances`.`owner`,
  SUM(`balances`.`balance`) AS `closing_by_account`
FROM `t`.`balances`
INNER JOIN `balances__agg__rows`
  ON DATE_TRUNC('DAY', `balances`.`held_on`) = `balances__agg__rows`.`_chosen_time`
  AND `balances`.`account` IS NOT DISTINCT FROM `balances__agg__rows`.`_grouping_account`
GROUP BY
  1
