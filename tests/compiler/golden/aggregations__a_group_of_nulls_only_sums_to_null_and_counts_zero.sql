-- duckdb
-- p0 = datetime.date(2024, 12, 30)
SELECT
  SUM("orders"."amount") AS "revenue",
  COUNT("orders"."amount") AS "priced_orders",
  QUANTILE_CONT(CAST("orders"."amount" AS DOUBLE), 0.5) AS "median_amount",
  AVG("orders"."amount") AS "average_amount"
FROM "shop"."orders"
WHERE
  "orders"."ordered_on" >= $p0

-- databricks
-- p0 = datetime.date(2024, 12, 30)
SELECT
  SUM(`orders`.`amount`) AS `revenue`,
  COUNT(`orders`.`amount`) AS `priced_orders`,
  PERCENTILE(CAST(`orders`.`amount` AS DOUBLE), 0.5) AS `median_amount`,
  AVG(CAST(`orders`.`amount` AS DOUBLE)) AS `average_amount`
FROM `shop`.`orders`
WHERE
  `orders`.`ordered_on` >= :p0
