-- duckdb
-- p0 = 'gold'
WITH "orders__agg" AS (
  SELECT
    SUM("orders"."amount") AS "_amount_sum"
  FROM "shop"."orders"
  LEFT JOIN "shop"."customers" AS "customer"
    ON "orders"."customer_id" = "customer"."id"
  WHERE
    "customer"."segment" = $p0
), "refunds__agg" AS (
  SELECT
    SUM("refunds"."refund") AS "_refund_sum"
  FROM "shop"."refunds"
  LEFT JOIN "shop"."customers" AS "customer"
    ON "refunds"."customer_id" = "customer"."id"
  WHERE
    "customer"."segment" = $p0
)
SELECT
  "orders__agg"."_amount_sum" AS "revenue",
  "refunds__agg"."_refund_sum" AS "refunded"
FROM "orders__agg"
CROSS JOIN "refunds__agg"

-- databricks
-- p0 = 'gold'
WITH `orders__agg` AS (
  SELECT
    SUM(`orders`.`amount`) AS `_amount_sum`
  FROM `shop`.`orders`
  LEFT JOIN `shop`.`customers` AS `customer`
    ON `orders`.`customer_id` = `customer`.`id`
  WHERE
    `customer`.`segment` = :p0
), `refunds__agg` AS (
  SELECT
    SUM(`refunds`.`refund`) AS `_refund_sum`
  FROM `shop`.`refunds`
  LEFT JOIN `shop`.`customers` AS `customer`
    ON `refunds`.`customer_id` = `customer`.`id`
  WHERE
    `customer`.`segment` = :p0
)
SELECT
  `orders__agg`.`_amount_sum` AS `revenue`,
  `refunds__agg`.`_refund_sum` AS `refunded`
FROM `orders__agg`
CROSS JOIN `refunds__agg`
