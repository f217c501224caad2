-- duckdb
SELECT
  "customer"."segment" AS "customer__segment",
  SUM("empty_facts"."value") AS "nothing_sum",
  COUNT("empty_facts"."id") AS "nothing_count"
FROM "shop"."empty_facts"
LEFT JOIN "shop"."customers" AS "customer"
  ON "empty_facts"."customer_id" = "customer"."id"
GROUP BY
  1

-- databricks
SELECT
  `customer`.`segment` AS `customer__segment`,
  SUM(`empty_facts`.`value`) AS `nothing_sum`,
  COUNT(`empty_facts`.`id`) AS `nothing_count`
FROM `shop`.`empty_facts`
LEFT JOIN `shop`.`customers` AS `customer`
  ON `empty_facts`.`customer_id` = `customer`.`id`
GROUP BY
  1
