-- duckdb
-- p0 = 'North'
WITH "orders__agg" AS (
  SELECT
    SUM("orders"."amount") AS "_amount_sum"
  FROM "shop"."orders"
), "orders__agg_2" AS (
  SELECT
    SUM("orders"."amount") AS "_amount_sum"
  FROM "shop"."orders"
  LEFT JOIN "shop"."customers" AS "customer"
    ON "orders"."customer_id" = "customer"."id"
  LEFT JOIN "shop"."regions" AS "customer__region"
    ON "customer"."region" = "customer__region"."region_id"
  WHERE
    "customer__region"."region_name" = $p0
)
SELECT
  "orders__agg"."_amount_sum" AS "revenue",
  "orders__agg_2"."_amount_sum" AS "northern_revenue"
FROM "orders__agg"
CROSS JOIN "orders__agg_2"

-- databricks
-- p0 = 'North'
WITH `orders__agg` AS (
  SELECT
    SUM(`orders`.`amount`) AS `_amount_sum`
  FROM `shop`.`orders`
), `orders__agg_2` AS (
  SELECT
    SUM(`orders`.`amount`) AS `_amount_sum`
  FROM `shop`.`orders`
  LEFT JOIN `shop`.`customers` AS `customer`
    ON `orders`.`customer_id` = `customer`.`id`
  LEFT JOIN `shop`.`regions` AS `customer__region`
    ON `customer`.`region` = `customer__region`.`region_id`
  WHERE
    `customer__region`.`region_name` = :p0
)
SELECT
  `orders__agg`.`_amount_sum` AS `revenue`,
  `orders__agg_2`.`_amount_sum` AS `northern_revenue`
FROM `orders__agg`
CROSS JOIN `orders__agg_2`
