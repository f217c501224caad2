-- duckdb
-- p0 = 'big'
-- p1 = 'small'
-- p2 = 40
WITH "orders__agg" AS (
  SELECT
    SUM("orders"."amount") AS "_amount_sum"
  FROM "shop"."orders"
  WHERE
    CASE WHEN "orders"."amount" >= $p2 THEN $p0 ELSE $p1 END = $p0
), "orders__agg_2" AS (
  SELECT
    SUM("orders"."amount") AS "_amount_sum"
  FROM "shop"."orders"
  WHERE
    CASE WHEN "orders"."amount" >= $p2 THEN $p0 ELSE $p1 END = $p1
)
SELECT
  "orders__agg"."_amount_sum" - "orders__agg_2"."_amount_sum" AS "big_minus_small"
FROM "orders__agg"
CROSS JOIN "orders__agg_2"

-- databricks
-- p0 = 'big'
-- p1 = 'small'
-- p2 = 40
WITH `orders__agg` AS (
  SELECT
    SUM(`orders`.`amount`) AS `_amount_sum`
  FROM `shop`.`orders`
  WHERE
    CASE WHEN `orders`.`amount` >= :p2 THEN :p0 ELSE :p1 END = :p0
), `orders__agg_2` AS (
  SELECT
    SUM(`orders`.`amount`) AS `_amount_sum`
  FROM `shop`.`orders`
  WHERE
    CASE WHEN `orders`.`amount` >= :p2 THEN :p0 ELSE :p1 END = :p1
)
SELECT
  `orders__agg`.`_amount_sum` - `orders__agg_2`.`_amount_sum` AS `big_minus_small`
FROM `orders__agg`
CROSS JOIN `orders__agg_2`
