-- duckdb
WITH "orders__agg" AS (
  SELECT
    "customer"."name" AS "customer__customer_name",
    SUM("orders"."amount") AS "_amount_sum",
    TRUE AS "__present"
  FROM "shop"."orders"
  LEFT JOIN "shop"."customers" AS "customer"
    ON "orders"."customer_id" = "customer"."id"
  WHERE
    "orders"."is_gift"
  GROUP BY
    1
), "refunds__agg" AS (
  SELECT
    "customer"."name" AS "customer__customer_name",
    SUM("refunds"."refund") AS "_refund_sum"
  FROM "shop"."refunds"
  LEFT JOIN "shop"."customers" AS "customer"
    ON "refunds"."customer_id" = "customer"."id"
  GROUP BY
    1
)
SELECT
  COALESCE("orders__agg"."customer__customer_name", "refunds__agg"."customer__customer_name") AS "customer__customer_name",
  CASE
    WHEN "orders__agg"."__present"
    THEN COALESCE("orders__agg"."_amount_sum", 0)
  END AS "gifts_or_zero",
  "refunds__agg"."_refund_sum" AS "refunded"
FROM "orders__agg"
FULL OUTER JOIN "refunds__agg"
  ON "orders__agg"."customer__customer_name" IS NOT DISTINCT FROM "refunds__agg"."customer__customer_name"

-- databricks
WITH `orders__agg` AS (
  SELECT
    `customer`.`name` AS `customer__customer_name`,
    SUM(`orders`.`amount`) AS `_amount_sum`,
    TRUE AS `__present`
  FROM `shop`.`orders`
  LEFT JOIN `shop`.`customers` AS `customer`
    ON `orders`.`customer_id` = `customer`.`id`
  WHERE
    `orders`.`is_gift`
  GROUP BY
    1
), `refunds__agg` AS (
  SELECT
    `customer`.`name` AS `customer__customer_name`,
    SUM(`refunds`.`refund`) AS `_refund_sum`
  FROM `shop`.`refunds`
  LEFT JOIN `shop`.`customers` AS `customer`
    ON `refunds`.`customer_id` = `customer`.`id`
  GROUP BY
    1
)
SELECT
  COALESCE(`orders__agg`.`customer__customer_name`, `refunds__agg`.`customer__customer_name`) AS `customer__customer_name`,
  CASE
    WHEN `orders__agg`.`__present`
    THEN COALESCE(`orders__agg`.`_amount_sum`, 0)
  END AS `gifts_or_zero`,
  `refunds__agg`.`_refund_sum` AS `refunded`
FROM `orders__agg`
FULL OUTER JOIN `refunds__agg`
  ON `orders__agg`.`customer__customer_name` IS NOT DISTINCT FROM `refunds__agg`.`customer__customer_name`
