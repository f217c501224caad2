-- duckdb
SELECT
  SUM(1) AS "orders",
  SUM("orders"."amount") AS "revenue",
  MIN("orders"."amount") AS "smallest",
  MAX("orders"."amount") AS "largest",
  AVG("orders"."amount") AS "average_amount",
  QUANTILE_CONT(CAST("orders"."amount" AS DOUBLE), 0.5) AS "median_amount",
  COUNT("orders"."amount") AS "priced_orders",
  COUNT(DISTINCT "orders"."customer_id") AS "buyers",
  SUM(CASE WHEN "orders"."is_gift" THEN 1 ELSE 0 END) AS "gifts",
  QUANTILE_CONT(CAST("orders"."amount" AS DOUBLE), 0.25) AS "p25",
  QUANTILE_DISC("orders"."amount", 0.25) AS "p25_discrete"
FROM "shop"."orders"

-- databricks
SELECT
  SUM(1) AS `orders`,
  SUM(`orders`.`amount`) AS `revenue`,
  MIN(`orders`.`amount`) AS `smallest`,
  MAX(`orders`.`amount`) AS `largest`,
  AVG(CAST(`orders`.`amount` AS DOUBLE)) AS `average_amount`,
  PERCENTILE(CAST(`orders`.`amount` AS DOUBLE), 0.5) AS `median_amount`,
  COUNT(`orders`.`amount`) AS `priced_orders`,
  COUNT(DISTINCT `orders`.`customer_id`) AS `buyers`,
  SUM(CASE WHEN `orders`.`is_gift` THEN 1 ELSE 0 END) AS `gifts`,
  PERCENTILE(CAST(`orders`.`amount` AS DOUBLE), 0.25) AS `p25`,
  PERCENTILE_DISC(0.25) WITHIN GROUP (ORDER BY `orders`.`amount`) AS `p25_discrete`
FROM `shop`.`orders`
