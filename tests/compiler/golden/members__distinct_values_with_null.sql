-- duckdb
SELECT
  "customers"."segment" AS "customer__segment"
FROM "shop"."customers"
GROUP BY
  1

-- databricks
SELECT
  `customers`.`segment` AS `customer__segment`
FROM `shop`.`customers`
GROUP BY
  1
