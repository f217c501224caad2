-- duckdb
WITH "purchases__by__visitor" AS (
  SELECT
    "purchases"."visitor",
    COUNT("purchases"."purchase_id") AS "_value"
  FROM "t"."purchases"
  GROUP BY
    1
)
SELECT
  COUNT("visits"."visit_id") AS "visits"
FROM "t"."visits"
LEFT JOIN "purchases__by__visitor"
  ON "visits"."visitor" = "purchases__by__visitor"."visitor"
WHERE
  "purchases__by__visitor"."_value" IS NULL

-- databricks
WITH `purchases__by__visitor` AS (
  SELECT
    `purchases`.`visitor`,
    COUNT(`purchases`.`purchase_id`) AS `_value`
  FROM `t`.`purchases`
  GROUP BY
    1
)
SELECT
  COUNT(`visits`.`visit_id`) AS `visits`
FROM `t`.`visits`
LEFT JOIN `purchases__by__visitor`
  ON `visits`.`visitor` = `purchases__by__visitor`.`visitor`
WHERE
  `purchases__by__visitor`.`_value` IS NULL
