-- duckdb
-- p0 = 'big'
-- p1 = 'small'
-- p2 = 40
SELECT
  EXTRACT(DOY FROM "orders"."ordered_on") AS "metric_time__extract_doy",
  SUM(1) AS "orders"
FROM "shop"."orders"
WHERE
  CASE WHEN "orders"."amount" >= $p2 THEN $p0 ELSE $p1 END = $p0
GROUP BY
  1

-- databricks
-- p0 = 'big'
-- p1 = 'small'
-- p2 = 40
SELECT
  EXTRACT(DOY FROM `orders`.`ordered_on`) AS `metric_time__extract_doy`,
  SUM(1) AS `orders`
FROM `shop`.`orders`
WHERE
  CASE WHEN `orders`.`amount` >= :p2 THEN :p0 ELSE :p1 END = :p0
GROUP BY
  1
