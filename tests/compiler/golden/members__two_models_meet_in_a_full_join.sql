-- duckdb
SELECT
  "customers"."name" AS "customer__customer_name",
  "region"."region_name" AS "region__region_name"
FROM "shop"."customers"
FULL OUTER JOIN "shop"."regions" AS "region"
  ON "customers"."region" = "region"."region_id"
GROUP BY
  1,
  2

-- databricks
SELECT
  `customers`.`name` AS `customer__customer_name`,
  `region`.`region_name` AS `region__region_name`
FROM `shop`.`customers`
FULL OUTER JOIN `shop`.`regions` AS `region`
  ON `customers`.`region` = `region`.`region_id`
GROUP BY
  1,
  2
