-- duckdb
WITH "orders__agg" AS (
  SELECT
    "orders"."customer_id" AS "customer",
    SUM("orders"."amount") AS "_amount_sum",
    TRUE AS "__present"
  FROM "shop"."orders"
  WHERE
    "orders"."is_gift"
  GROUP BY
    1
), "refunds__agg" AS (
  SELECT
    "refunds"."customer_id" AS "customer",
    SUM("refunds"."refund") AS "_refund_sum",
    TRUE AS "__present"
  FROM "shop"."refunds"
  GROUP BY
    1
), "orders__agg_2" AS (
  SELECT
    "orders"."customer_id" AS "customer",
    SUM("orders"."amount") AS "_amount_sum"
  FROM "shop"."orders"
  GROUP BY
    1
)
SELECT
  COALESCE("orders__agg"."customer", "refunds__agg"."customer", "orders__agg_2"."customer") AS "customer",
  CASE
    WHEN "orders__agg"."__present" OR "refunds__agg"."__present"
    THEN COALESCE("orders__agg"."_amount_sum", 0) + COALESCE("refunds__agg"."_refund_sum", 0)
  END AS "gifts_and_refunds",
  "orders__agg_2"."_amount_sum" AS "revenue"
FROM "orders__agg"
FULL OUTER JOIN "refunds__agg"
  ON "orders__agg"."customer" IS NOT DISTINCT FROM "refunds__agg"."customer"
FULL OUTER JOIN "orders__agg_2"
  ON COALESCE("orders__agg"."customer", "refunds__agg"."customer") IS NOT DISTINCT FROM "orders__agg_2"."customer"

-- databricks
WITH `orders__agg` AS (
  SELECT
    `orders`.`customer_id` AS `customer`,
    SUM(`orders`.`amount`) AS `_amount_sum`,
    TRUE AS `__present`
  FROM `shop`.`orders`
  WHERE
    `orders`.`is_gift`
  GROUP BY
    1
), `refunds__agg` AS (
  SELECT
    `refunds`.`customer_id` AS `customer`,
    SUM(`refunds`.`refund`) AS `_refund_sum`,
    TRUE AS `__present`
  FROM `shop`.`refunds`
  GROUP BY
    1
), `orders__agg_2` AS (
  SELECT
    `orders`.`customer_id` AS `customer`,
    SUM(`orders`.`amount`) AS `_amount_sum`
  FROM `shop`.`orders`
  GROUP BY
    1
)
SELECT
  COALESCE(`orders__agg`.`customer`, `refunds__agg`.`customer`, `orders__agg_2`.`customer`) AS `customer`,
  CASE
    WHEN `orders__agg`.`__present` OR `refunds__agg`.`__present`
    THEN COALESCE(`orders__agg`.`_amount_sum`, 0) + COALESCE(`refunds__agg`.`_refund_sum`, 0)
  END AS `gifts_and_refunds`,
  `orders__agg_2`.`_amount_sum` AS `revenue`
FROM `orders__agg`
FULL OUTER JOIN `refunds__agg`
  ON `orders__agg`.`customer` IS NOT DISTINCT FROM `refunds__agg`.`customer`
FULL OUTER JOIN `orders__agg_2`
  ON COALESCE(`orders__agg`.`customer`, `refunds__agg`.`customer`) IS NOT DISTINCT FROM `orders__agg_2`.`customer`
