-- duckdb
WITH "orders__agg" AS (
  SELECT
    "orders"."customer_id" AS "customer",
    SUM("orders"."amount") AS "_amount_sum"
  FROM "shop"."orders"
  WHERE
    "orders"."is_gift"
  GROUP BY
    1
), "refunds__agg" AS (
  SELECT
    "refunds"."customer_id" AS "customer",
    SUM("refunds"."refund") AS "_refund_sum"
  FROM "shop"."refunds"
  GROUP BY
    1
)
SELECT
  COALESCE("orders__agg"."customer", "refunds__agg"."customer") AS "customer",
  COALESCE("orders__agg"."_amount_sum", 0) + COALESCE("refunds__agg"."_refund_sum", 0) AS "gifts_and_refunds"
FROM "orders__agg"
FULL OUTER JOIN "refunds__agg"
  ON "orders__agg"."customer" IS NOT DISTINCT FROM "refunds__agg"."customer"

-- databricks
WITH `orders__agg` AS (
  SELECT
    `orders`.`customer_id` AS `customer`,
    SUM(`orders`.`amount`) AS `_amount_sum`
  FROM `shop`.`orders`
  WHERE
    `orders`.`is_gift`
  GROUP BY
    1
), `refunds__agg` AS (
  SELECT
    `refunds`.`customer_id` AS `customer`,
    SUM(`refunds`.`refund`) AS `_refund_sum`
  FROM `shop`.`refunds`
  GROUP BY
    1
)
SELECT
  COALESCE(`orders__agg`.`customer`, `refunds__agg`.`customer`) AS `customer`,
  COALESCE(`orders__agg`.`_amount_sum`, 0) + COALESCE(`refunds__agg`.`_refund_sum`, 0) AS `gifts_and_refunds`
FROM `orders__agg`
FULL OUTER JOIN `refunds__agg`
  ON `orders__agg`.`customer` IS NOT DISTINCT FROM `refunds__agg`.`customer`
