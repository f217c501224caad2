-- duckdb
SELECT
  DATE_TRUNC('YEAR', "customers"."joined_on") AS "customer__joined_on__year"
FROM "shop"."customers"
GROUP BY
  1

-- databricks
SELECT
  DATE_TRUNC('YEAR', `customers`.`joined_on`) AS `customer__joined_on__year`
FROM `shop`.`customers`
GROUP BY
  1
