-- duckdb
SELECT
  "order"."customer_id" AS "order__customer",
  SUM("refunds"."refund") AS "refunded"
FROM "shop"."refunds"
LEFT JOIN "shop"."orders" AS "order"
  ON "refunds"."order_id" = "order"."order_id"
GROUP BY
  1

-- databricks
SELECT
  `order`.`customer_id` AS `order__customer`,
  SUM(`refunds`.`refund`) AS `refunded`
FROM `shop`.`refunds`
LEFT JOIN `shop`.`orders` AS `order`
  ON `refunds`.`order_id` = `order`.`order_id`
GROUP BY
  1
