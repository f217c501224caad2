-- duckdb
SELECT
  EXTRACT(ISODOW FROM "orders"."ordered_on") AS "metric_time__extract_dow",
  SUM(1) AS "orders"
FROM "shop"."orders"
GROUP BY
  1

-- databricks
SELECT
  EXTRACT(DAYOFWEEK_ISO FROM `orders`.`ordered_on`) AS `metric_time__extract_dow`,
  SUM(1) AS `orders`
FROM `shop`.`orders`
GROUP BY
  1
