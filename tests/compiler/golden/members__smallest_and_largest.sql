-- duckdb
WITH "members" AS (
  SELECT
    DATE_TRUNC('DAY', "orders"."ordered_on") AS "order__ordered_on__day"
  FROM "shop"."orders"
  GROUP BY
    1
)
SELECT
  MIN("members"."order__ordered_on__day") AS "order__ordered_on__day__min",
  MAX("members"."order__ordered_on__day") AS "order__ordered_on__day__max"
FROM "members"

-- databricks
WITH `members` AS (
  SELECT
    DATE_TRUNC('DAY', `orders`.`ordered_on`) AS `order__ordered_on__day`
  FROM `shop`.`orders`
  GROUP BY
    1
)
SELECT
  MIN(`members`.`order__ordered_on__day`) AS `order__ordered_on__day__min`,
  MAX(`members`.`order__ordered_on__day`) AS `order__ordered_on__day__max`
FROM `members`
