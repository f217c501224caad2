-- duckdb
WITH "orders__by__customer" AS (
  SELECT
    "orders"."customer_id" AS "customer",
    SUM(1) AS "_value"
  FROM "shop"."orders"
  GROUP BY
    1
)
SELECT
  "customers"."name" AS "customer__customer_name"
FROM "shop"."customers"
FULL OUTER JOIN "orders__by__customer"
  ON "customers"."id" = "orders__by__customer"."customer"
WHERE
  "orders__by__customer"."_value" IS NULL
GROUP BY
  1

-- databricks
WITH `orders__by__customer` AS (
  SELECT
    `orders`.`customer_id` AS `customer`,
    SUM(1) AS `_value`
  FROM `shop`.`orders`
  GROUP BY
    1
)
SELECT
  `customers`.`name` AS `customer__customer_name`
FROM `shop`.`customers`
FULL OUTER JOIN `orders__by__customer`
  ON `customers`.`id` = `orders__by__customer`.`customer`
WHERE
  `orders__by__customer`.`_value` IS NULL
GROUP BY
  1
