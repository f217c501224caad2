-- duckdb
WITH "orders__agg" AS (
  SELECT
    DATE_TRUNC('MONTH', "orders"."ordered_on") AS "metric_time__month",
    SUM("orders"."amount") AS "_amount_sum"
  FROM "shop"."orders"
  GROUP BY
    1
), "refunds__agg" AS (
  SELECT
    DATE_TRUNC('MONTH', "refunds"."refunded_on") AS "metric_time__month",
    SUM("refunds"."refund") AS "_refund_sum"
  FROM "shop"."refunds"
  GROUP BY
    1
)
SELECT
  COALESCE("orders__agg"."metric_time__month", "refunds__agg"."metric_time__month") AS "metric_time__month",
  "orders__agg"."_amount_sum" AS "revenue",
  "refunds__agg"."_refund_sum" AS "refunded"
FROM "orders__agg"
FULL OUTER JOIN "refunds__agg"
  ON "orders__agg"."metric_time__month" IS NOT DISTINCT FROM "refunds__agg"."metric_time__month"
ORDER BY
  "metric_time__month" ASC

-- databricks
WITH `orders__agg` AS (
  SELECT
    DATE_TRUNC('MONTH', `orders`.`ordered_on`) AS `metric_time__month`,
    SUM(`orders`.`amount`) AS `_amount_sum`
  FROM `shop`.`orders`
  GROUP BY
    1
), `refunds__agg` AS (
  SELECT
    DATE_TRUNC('MONTH', `refunds`.`refunded_on`) AS `metric_time__month`,
    SUM(`refunds`.`refund`) AS `_refund_sum`
  FROM `shop`.`refunds`
  GROUP BY
    1
)
SELECT
  COALESCE(`orders__agg`.`metric_time__month`, `refunds__agg`.`metric_time__month`) AS `metric_time__month`,
  `orders__agg`.`_amount_sum` AS `revenue`,
  `refunds__agg`.`_refund_sum` AS `refunded`
FROM `orders__agg`
FULL OUTER JOIN `refunds__agg`
  ON `orders__agg`.`metric_time__month` IS NOT DISTINCT FROM `refunds__agg`.`metric_time__month`
ORDER BY
  `metric_time__month` ASC NULLS LAST
