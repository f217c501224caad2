-- duckdb
WITH "orders__agg" AS (
  SELECT
    "orders"."customer_id" AS "customer",
    SUM("orders"."amount") AS "_amount_sum",
    TRUE AS "__present"
  FROM "shop"."orders"
  WHERE
    "orders"."is_gift"
  GROUP BY
    1
), "orders__agg_2" AS (
  SELECT
    "orders"."customer_id" AS "customer",
    SUM("orders"."amount") AS "_amount_sum"
  FROM "shop"."orders"
  GROUP BY
    1
)
SELECT
  COALESCE("orders__agg"."customer", "orders__agg_2"."customer") AS "customer",
  COALESCE("orders__agg"."_amount_sum", 0) AS "gifts_filled",
  CASE
    WHEN "orders__agg"."__present"
    THEN COALESCE("orders__agg"."_amount_sum", 0) * 2
  END AS "gifts_filled_twice",
  "orders__agg_2"."_amount_sum" AS "revenue"
FROM "orders__agg"
FULL OUTER JOIN "orders__agg_2"
  ON "orders__agg"."customer" IS NOT DISTINCT FROM "orders__agg_2"."customer"

-- databricks
WITH `orders__agg` AS (
  SELECT
    `orders`.`customer_id` AS `customer`,
    SUM(`orders`.`amount`) AS `_amount_sum`,
    TRUE AS `__present`
  FROM `shop`.`orders`
  WHERE
    `orders`.`is_gift`
  GROUP BY
    1
), `orders__agg_2` AS (
  SELECT
    `orders`.`customer_id` AS `customer`,
    SUM(`orders`.`amount`) AS `_amount_sum`
  FROM `shop`.`orders`
  GROUP BY
    1
)
SELECT
  COALESCE(`orders__agg`.`customer`, `orders__agg_2`.`customer`) AS `customer`,
  COALESCE(`orders__agg`.`_amount_sum`, 0) AS `gifts_filled`,
  CASE
    WHEN `orders__agg`.`__present`
    THEN COALESCE(`orders__agg`.`_amount_sum`, 0) * 2
  END AS `gifts_filled_twice`,
  `orders__agg_2`.`_amount_sum` AS `revenue`
FROM `orders__agg`
FULL OUTER JOIN `orders__agg_2`
  ON `orders__agg`.`customer` IS NOT DISTINCT FROM `orders__agg_2`.`customer`
