-- duckdb
SELECT
  "order"."is_gift" AS "order__is_gift",
  SUM("refunds"."refund") AS "refunded"
FROM "shop"."refunds"
LEFT JOIN "shop"."orders" AS "order"
  ON "refunds"."order_id" = "order"."order_id"
GROUP BY
  1

-- databricks
SELECT
  `order`.`is_gift` AS `order__is_gift`,
  SUM(`refunds`.`refund`) AS `refunded`
FROM `shop`.`refunds`
LEFT JOIN `shop`.`orders` AS `order`
  ON `refunds`.`order_id` = `order`.`order_id`
GROUP BY
  1
