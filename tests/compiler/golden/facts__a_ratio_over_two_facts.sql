-- duckdb
WITH "refunds__agg" AS (
  SELECT
    "customer"."segment" AS "customer__segment",
    SUM("refunds"."refund") AS "_refund_sum"
  FROM "shop"."refunds"
  LEFT JOIN "shop"."customers" AS "customer"
    ON "refunds"."customer_id" = "customer"."id"
  GROUP BY
    1
), "orders__agg" AS (
  SELECT
    "customer"."segment" AS "customer__segment",
    SUM("orders"."amount") AS "_amount_sum"
  FROM "shop"."orders"
  LEFT JOIN "shop"."customers" AS "customer"
    ON "orders"."customer_id" = "customer"."id"
  GROUP BY
    1
)
SELECT
  COALESCE("refunds__agg"."customer__segment", "orders__agg"."customer__segment") AS "customer__segment",
  CAST("refunds__agg"."_refund_sum" AS DOUBLE) / NULLIF("orders__agg"."_amount_sum", 0) AS "refund_rate"
FROM "refunds__agg"
FULL OUTER JOIN "orders__agg"
  ON "refunds__agg"."customer__segment" IS NOT DISTINCT FROM "orders__agg"."customer__segment"

-- databricks
WITH `refunds__agg` AS (
  SELECT
    `customer`.`segment` AS `customer__segment`,
    SUM(`refunds`.`refund`) AS `_refund_sum`
  FROM `shop`.`refunds`
  LEFT JOIN `shop`.`customers` AS `customer`
    ON `refunds`.`customer_id` = `customer`.`id`
  GROUP BY
    1
), `orders__agg` AS (
  SELECT
    `customer`.`segment` AS `customer__segment`,
    SUM(`orders`.`amount`) AS `_amount_sum`
  FROM `shop`.`orders`
  LEFT JOIN `shop`.`customers` AS `customer`
    ON `orders`.`customer_id` = `customer`.`id`
  GROUP BY
    1
)
SELECT
  COALESCE(`refunds__agg`.`customer__segment`, `orders__agg`.`customer__segment`) AS `customer__segment`,
  CAST(`refunds__agg`.`_refund_sum` AS DOUBLE) / NULLIF(`orders__agg`.`_amount_sum`, 0) AS `refund_rate`
FROM `refunds__agg`
FULL OUTER JOIN `orders__agg`
  ON `refunds__agg`.`customer__segment` IS NOT DISTINCT FROM `orders__agg`.`customer__segment`
