-- duckdb
WITH "orders__agg" AS (
  SELECT
    DATE_TRUNC('MONTH', "orders"."ordered_on") AS "metric_time__month",
    SUM("orders"."amount") AS "_amount_sum"
  FROM "shop"."orders"
  GROUP BY
    1
), "orders__agg_2" AS (
  SELECT
    DATE_TRUNC('MONTH', "orders"."paid_at") AS "metric_time__month",
    SUM("orders"."amount") AS "_paid_sum"
  FROM "shop"."orders"
  GROUP BY
    1
)
SELECT
  COALESCE("orders__agg"."metric_time__month", "orders__agg_2"."metric_time__month") AS "metric_time__month",
  "orders__agg"."_amount_sum" AS "revenue",
  "orders__agg_2"."_paid_sum" AS "paid"
FROM "orders__agg"
FULL OUTER JOIN "orders__agg_2"
  ON "orders__agg"."metric_time__month" IS NOT DISTINCT FROM "orders__agg_2"."metric_time__month"
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
), `orders__agg_2` AS (
  SELECT
    DATE_TRUNC('MONTH', `orders`.`paid_at`) AS `metric_time__month`,
    SUM(`orders`.`amount`) AS `_paid_sum`
  FROM `shop`.`orders`
  GROUP BY
    1
)
SELECT
  COALESCE(`orders__agg`.`metric_time__month`, `orders__agg_2`.`metric_time__month`) AS `metric_time__month`,
  `orders__agg`.`_amount_sum` AS `revenue`,
  `orders__agg_2`.`_paid_sum` AS `paid`
FROM `orders__agg`
FULL OUTER JOIN `orders__agg_2`
  ON `orders__agg`.`metric_time__month` IS NOT DISTINCT FROM `orders__agg_2`.`metric_time__month`
ORDER BY
  `metric_time__month` ASC NULLS LAST
