-- duckdb
WITH "orders__agg" AS (
  SELECT
    "customer"."segment" AS "customer__segment",
    SUM("orders"."amount") AS "_amount_sum"
  FROM "shop"."orders"
  LEFT JOIN "shop"."customers" AS "customer"
    ON "orders"."customer_id" = "customer"."id"
  GROUP BY
    1
), "refunds__agg" AS (
  SELECT
    "customer"."segment" AS "customer__segment",
    SUM("refunds"."refund") AS "_refund_sum"
  FROM "shop"."refunds"
  LEFT JOIN "shop"."customers" AS "customer"
    ON "refunds"."customer_id" = "customer"."id"
  GROUP BY
    1
)
SELECT
  COALESCE("orders__agg"."customer__segment", "refunds__agg"."customer__segment") AS "customer__segment",
  "orders__agg"."_amount_sum" AS "revenue",
  "refunds__agg"."_refund_sum" AS "refunded"
FROM "orders__agg"
FULL OUTER JOIN "refunds__agg"
  ON "orders__agg"."customer__segment" IS NOT DISTINCT FROM "refunds__agg"."customer__segment"

-- databricks
WITH `orders__agg` AS (
  SELECT
    `customer`.`segment` AS `customer__segment`,
    SUM(`orders`.`amount`) AS `_amount_sum`
  FROM `shop`.`orders`
  LEFT JOIN `shop`.`customers` AS `customer`
    ON `orders`.`customer_id` = `customer`.`id`
  GROUP BY
    1
), `refunds__agg` AS (
  SELECT
    `customer`.`segment` AS `customer__segment`,
    SUM(`refunds`.`refund`) AS `_refund_sum`
  FROM `shop`.`refunds`
  LEFT JOIN `shop`.`customers` AS `customer`
    ON `refunds`.`customer_id` = `customer`.`id`
  GROUP BY
    1
)
SELECT
  COALESCE(`orders__agg`.`customer__segment`, `refunds__agg`.`customer__segment`) AS `customer__segment`,
  `orders__agg`.`_amount_sum` AS `revenue`,
  `refunds__agg`.`_refund_sum` AS `refunded`
FROM `orders__agg`
FULL OUTER JOIN `refunds__agg`
  ON `orders__agg`.`customer__segment` IS NOT DISTINCT FROM `refunds__agg`.`customer__segment`
