-- duckdb
SELECT
  "customer"."segment" AS "customer__segment",
  SUM("orders"."amount") AS "revenue"
FROM "shop"."orders"
LEFT JOIN "shop"."customers" AS "customer"
  ON "orders"."customer_id" = "customer"."id"
GROUP BY
  1
ORDER BY
  "customer__segment" ASC NULLS FIRST

-- databricks
SELECT
  `customer`.`segment` AS `customer__segment`,
  SUM(`orders`.`amount`) AS `revenue`
FROM `shop`.`orders`
LEFT JOIN `shop`.`customers` AS `customer`
  ON `orders`.`customer_id` = `customer`.`id`
GROUP BY
  1
ORDER BY
  `customer__segment` ASC
