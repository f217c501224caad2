-- duckdb
-- p0 = 1
WITH "refunds__by__order__customer" AS (
  SELECT
    "order"."customer_id" AS "order__customer",
    COUNT("refunds"."refund_id") AS "_value"
  FROM "shop"."refunds"
  LEFT JOIN "shop"."orders" AS "order"
    ON "refunds"."order_id" = "order"."order_id"
  GROUP BY
    1
)
SELECT
  SUM("refunds"."refund") AS "refunded"
FROM "shop"."refunds"
LEFT JOIN "refunds__by__order__customer"
  ON "refunds"."customer_id" = "refunds__by__order__customer"."order__customer"
WHERE
  "refunds__by__order__customer"."_value" >= $p0

-- databricks
-- p0 = 1
WITH `refunds__by__order__customer` AS (
  SELECT
    `order`.`customer_id` AS `order__customer`,
    COUNT(`refunds`.`refund_id`) AS `_value`
  FROM `shop`.`refunds`
  LEFT JOIN `shop`.`orders` AS `order`
    ON `refunds`.`order_id` = `order`.`order_id`
  GROUP BY
    1
)
SELECT
  SUM(`refunds`.`refund`) AS `refunded`
FROM `shop`.`refunds`
LEFT JOIN `refunds__by__order__customer`
  ON `refunds`.`customer_id` = `refunds__by__order__customer`.`order__customer`
WHERE
  `refunds__by__order__customer`.`_value` >= :p0
