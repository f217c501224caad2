-- duckdb
SELECT
  SUM("empty_facts"."value") AS "nothing_sum",
  COUNT("empty_facts"."id") AS "nothing_count",
  QUANTILE_CONT(CAST("empty_facts"."value" AS DOUBLE), 0.5) AS "nothing_median"
FROM "shop"."empty_facts"

-- databricks
SELECT
  SUM(`empty_facts`.`value`) AS `nothing_sum`,
  COUNT(`empty_facts`.`id`) AS `nothing_count`,
  PERCENTILE(CAST(`empty_facts`.`value` AS DOUBLE), 0.5) AS `nothing_median`
FROM `shop`.`empty_facts`
