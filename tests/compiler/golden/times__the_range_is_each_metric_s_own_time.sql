-- duckdb
-- p0 = datetime.date(2024, 1, 1)
-- p1 = datetime.date(2024, 2, 1)
WITH "orders__agg" AS (
  SELECT
    SUM("orders"."amount") AS "_amount_sum"
  FROM "shop"."orders"
  WHERE
    "orders"."ordered_on" >= $p0 AND "orders"."ordered_on" < $p1
), "orders__agg_2" AS (
  SELECT
    SUM("orders"."amount") AS "_paid_sum"
  FROM "shop"."orders"
  WHERE
    "orders"."paid_at" >= $p0 AND "orders"."paid_at" < $p1
), "refunds__agg" AS (
  SELECT
    SUM("refunds"."refund") AS "_refund_sum"
  FROM "shop"."refunds"
  WHERE
    "refunds"."refunded_on" >= $p0 AND "refunds"."refunded_on" < $p1
)
SELECT
  "orders__agg"."_amount_sum" AS "revenue",
  "orders__agg_2"."_paid_sum" AS "paid",
  "refunds__agg"."_refund_sum" AS "refunded"
FROM "orders__agg"
CROSS JOIN "orders__agg_2"
CROSS JOIN "refunds__agg"

-- databricks
-- p0 = datetime.date(2024, 1, 1)
-- p1 = datetime.date(2024, 2, 1)
WITH `orders__agg` AS (
  SELECT
    SUM(`orders`.`amount`) AS `_amount_sum`
  FROM `shop`.`orders`
  WHERE
    `orders`.`ordered_on` >= :p0 AND `orders`.`ordered_on` < :p1
), `orders__agg_2` AS (
  SELECT
    SUM(`orders`.`amount`) AS `_paid_sum`
  FROM `shop`.`orders`
  WHERE
    `orders`.`paid_at` >= :p0 AND `orders`.`paid_at` < :p1
), `refunds__agg` AS (
  SELECT
    SUM(`refunds`.`refund`) AS `_refund_sum`
  FROM `shop`.`refunds`
  WHERE
    `refunds`.`refunded_on` >= :p0 AND `refunds`.`refunded_on` < :p1
)
SELECT
  `orders__agg`.`_amount_sum` AS `revenue`,
  `orders__agg_2`.`_paid_sum` AS `paid`,
  `refunds__agg`.`_refund_sum` AS `refunded`
FROM `orders__agg`
CROSS JOIN `orders__agg_2`
CROSS JOIN `refunds__agg`
