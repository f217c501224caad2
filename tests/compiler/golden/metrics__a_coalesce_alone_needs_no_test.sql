-- duckdb
SELECT
  "customer"."name" AS "customer__customer_name",
  COALESCE(SUM("orders"."amount"), 0) AS "gifts_or_zero"
FROM "shop"."orders"
LEFT JOIN "shop"."customers" AS "customer"
  ON "orders"."customer_id" = "customer"."id"
WHERE
  "orders"."is_gift"
GROUP BY
  1

-- databricks
SELECT
  `customer`.`name` AS `customer__customer_name`,
  COALESCE(SUM(`orders`.`amount`), 0) AS `gifts_or_zero`
FROM `shop`.`orders`
LEFT JOIN `shop`.`customers` AS `customer`
  ON `orders`.`customer_id` = `customer`.`id`
WHERE
  `orders`.`is_gift`
GROUP BY
  1
