-- duckdb
WITH "customers__agg" AS (
  SELECT
    "customers"."segment" AS "customer__segment",
    COUNT("customers"."id") AS "_customer_count"
  FROM "shop"."customers"
  GROUP BY
    1
), "orders__agg" AS (
  SELECT
    "customer"."segment" AS "customer__segment",
    SUM(1) AS "_order_count"
  FROM "shop"."orders"
  LEFT JOIN "shop"."customers" AS "customer"
    ON "orders"."customer_id" = "customer"."id"
  GROUP BY
    1
), "refunds__agg" AS (
  SELECT
    "customer"."segment" AS "customer__segment",
    COUNT("refunds"."refund_id") AS "_refund_count"
  FROM "shop"."refunds"
  LEFT JOIN "shop"."customers" AS "customer"
    ON "refunds"."customer_id" = "customer"."id"
  GROUP BY
    1
)
SELECT
  COALESCE(
    "customers__agg"."customer__segment",
    "orders__agg"."customer__segment",
    "refunds__agg"."customer__segment"
  ) AS "customer__segment",
  "customers__agg"."_customer_count" AS "customers",
  "orders__agg"."_order_count" AS "orders",
  "refunds__agg"."_refund_count" AS "refunds"
FROM "customers__agg"
FULL OUTER JOIN "orders__agg"
  ON "customers__agg"."customer__segment" IS NOT DISTINCT FROM "orders__agg"."customer__segment"
FULL OUTER JOIN "refunds__agg"
  ON COALESCE("customers__agg"."customer__segment", "orders__agg"."customer__segment") IS NOT DISTINCT FROM "refunds__agg"."customer__segment"

-- databricks
WITH `customers__agg` AS (
  SELECT
    `customers`.`segment` AS `customer__segment`,
    COUNT(`customers`.`id`) AS `_customer_count`
  FROM `shop`.`customers`
  GROUP BY
    1
), `orders__agg` AS (
  SELECT
    `customer`.`segment` AS `customer__segment`,
    SUM(1) AS `_order_count`
  FROM `shop`.`orders`
  LEFT JOIN `shop`.`customers` AS `customer`
    ON `orders`.`customer_id` = `customer`.`id`
  GROUP BY
    1
), `refunds__agg` AS (
  SELECT
    `customer`.`segment` AS `customer__segment`,
    COUNT(`refunds`.`refund_id`) AS `_refund_count`
  FROM `shop`.`refunds`
  LEFT JOIN `shop`.`customers` AS `customer`
    ON `refunds`.`customer_id` = `customer`.`id`
  GROUP BY
    1
)
SELECT
  COALESCE(
    `customers__agg`.`customer__segment`,
    `orders__agg`.`customer__segment`,
    `refunds__agg`.`customer__segment`
  ) AS `customer__segment`,
  `customers__agg`.`_customer_count` AS `customers`,
  `orders__agg`.`_order_count` AS `orders`,
  `refunds__agg`.`_refund_count` AS `refunds`
FROM `customers__agg`
FULL OUTER JOIN `orders__agg`
  ON `customers__agg`.`customer__segment` IS NOT DISTINCT FROM `orders__agg`.`customer__segment`
FULL OUTER JOIN `refunds__agg`
  ON COALESCE(`customers__agg`.`customer__segment`, `orders__agg`.`customer__segment`) IS NOT DISTINCT FROM `refunds__agg`.`customer__segment`
