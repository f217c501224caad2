-- duckdb
SELECT
  "origin"."city" AS "origin__city",
  "destination"."city" AS "destination__city",
  SUM(1) AS "orders"
FROM "shop"."orders"
LEFT JOIN "shop"."places" AS "origin"
  ON "orders"."ship_from" = "origin"."code"
LEFT JOIN "shop"."places" AS "destination"
  ON "orders"."ship_to" = "destination"."code"
GROUP BY
  1,
  2

-- databricks
SELECT
  `origin`.`city` AS `origin__city`,
  `destination`.`city` AS `destination__city`,
  SUM(1) AS `orders`
FROM `shop`.`orders`
LEFT JOIN `shop`.`places` AS `origin`
  ON `orders`.`ship_from` = `origin`.`code`
LEFT JOIN `shop`.`places` AS `destination`
  ON `orders`.`ship_to` = `destination`.`code`
GROUP BY
  1,
  2
