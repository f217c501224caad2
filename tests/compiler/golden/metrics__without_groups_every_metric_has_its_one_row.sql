-- duckdb
-- p0 = 2
WITH "orders__agg" AS (
  SELECT
    SUM("orders"."amount") AS "_amount_sum"
  FROM "shop"."orders"
  WHERE
    "orders"."customer_id" = $p0 AND "orders"."is_gift"
), "refunds__agg" AS (
  SELECT
    SUM("refunds"."refund") AS "_refund_sum"
  FROM "shop"."refunds"
  WHERE
    "refunds"."customer_id" = $p0
), "orders__agg_2" AS (
  SELECT
    SUM("orders"."amount") AS "_amount_sum"
  FROM "shop"."orders"
  WHERE
    "orders"."customer_id" = $p0
)
SELECT
  COALESCE("orders__agg"."_amount_sum", 0) + COALESCE("refunds__agg"."_refund_sum", 0) AS "gifts_and_refunds",
  "orders__agg_2"."_amount_sum" AS "revenue"
FROM "orders__agg"
CROSS JOIN "refunds__agg"
CROSS JOIN "orders__agg_2"

-- databricks
-- p0 = 2
WITH `orders__agg` AS (
  SELECT
    SUM(`orders`.`amount`) AS `_amount_sum`
  FROM `shop`.`orders`
  WHERE
    `orders`.`customer_id` = :p0 AND `orders`.`is_gift`
), `refunds__agg` AS (
  SELECT
    SUM(`refunds`.`refund`) AS `_refund_sum`
  FROM `shop`.`refunds`
  WHERE
    `refunds`.`customer_id` = :p0
), `orders__agg_2` AS (
  SELECT
    SUM(`orders`.`amount`) AS `_amount_sum`
  FROM `shop`.`orders`
  WHERE
    `orders`.`customer_id` = :p0
)
SELECT
  COALESCE(`orders__agg`.`_amount_sum`, 0) + COALESCE(`refunds__agg`.`_refund_sum`, 0) AS `gifts_and_refunds`,
  `orders__agg_2`.`_amount_sum` AS `revenue`
FROM `orders__agg`
CROSS JOIN `refunds__agg`
CROSS JOIN `orders__agg_2`
