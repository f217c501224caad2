-- duckdb
-- p0 = 'small'
-- p1 = 'big'
-- p2 = 40
SELECT
  SUM(1) AS "orders"
FROM "shop"."orders"
LEFT JOIN "shop"."customers" AS "customer"
  ON "orders"."customer_id" = "customer"."id"
WHERE
  (
    "orders"."is_gift" = TRUE
    OR "customer"."segment" IS NULL
    AND NOT (
      CASE WHEN "orders"."amount" >= $p2 THEN $p1 ELSE $p0 END IN ($p0)
    )
  )

-- databricks
-- p0 = 'small'
-- p1 = 'big'
-- p2 = 40
SELECT
  SUM(1) AS `orders`
FROM `shop`.`orders`
LEFT JOIN `shop`.`customers` AS `customer`
  ON `orders`.`customer_id` = `customer`.`id`
WHERE
  (
    `orders`.`is_gift` = TRUE
    OR `customer`.`segment` IS NULL
    AND NOT (
      CASE WHEN `orders`.`amount` >= :p2 THEN :p1 ELSE :p0 END IN (:p0)
    )
  )
