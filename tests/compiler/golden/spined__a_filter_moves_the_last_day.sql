-- duckdb
-- p0 = datetime.date(2024, 2, 1)
WITH "balances__agg__rows" AS (
  SELECT
    MAX(DATE_TRUNC('DAY', "balances"."held_on")) AS "_chosen_time"
  FROM "t"."balances"
  WHERE
    "balances"."held_on" < $p0
)
SELECT
  SUM("balances"."balance") AS "closing"
FROM "t"."balances"
INNER JOIN "balances__agg__rows"
  ON DATE_TRUNC('DAY', "balances"."held_on") = "balances__agg__rows"."_chosen_time"
WHERE
  "balances"."held_on" < $p0

-- databricks
-- p0 = datetime.date(2024, 2, 1)
WITH `balances__agg__rows` AS (
  SELECT
    MAX(DATE_TRUNC('DAY', `balances`.`held_on`)) AS `_chosen_time`
  FROM `t`.`balances`
  WHERE
    `balances`.`held_on` < :p0
)
SELECT
  SUM(`balances`.`balance`) AS `closing`
FROM `t`.`balances`
INNER JOIN `balances__agg__rows`
  ON DATE_TRUNC('DAY', `balances`.`held_on`) = `balances__agg__rows`.`_chosen_time`
WHERE
  `balances`.`held_on` < :p0
