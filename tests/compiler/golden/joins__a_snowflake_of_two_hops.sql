-- duckdb
SELECT
  "customer__region"."region_name" AS "customer__region__region_name",
  SUM("orders"."amount") AS "revenue",
  SUM(1) AS "orders"
FROM "shop"."orders"
LEFT JOIN "shop"."customers" AS "customer"
  ON "orders"."customer_id" = "customer"."id"
LEFT JOIN "shop"."regions" AS "customer__region"
  ON "customer"."region" = "customer__region"."region_id"
GROUP BY
  1

-- databricks
SELECT
  `customer__region`.`region_name` AS `customer__region__region_name`,
  SUM(`orders`.`amount`) AS `revenue`,
  SUM(1) AS `orders`
FROM `shop`.`orders`
LEFT JOIN `shop`.`customers` AS `customer`
  ON `orders`.`customer_id` = `customer`.`id`
LEFT JOIN `shop`.`regions` AS `customer__region`
  ON `customer`.`region` = `customer__region`.`region_id`
GROUP BY
  1
