-- duckdb
-- p0 = 'NL'
-- p1 = 'DE'
SELECT
  "places"."city" AS "place__city"
FROM "shop"."places"
WHERE
  "places"."land" IN ($p0, $p1)
GROUP BY
  1
ORDER BY
  "place__city" ASC

-- databricks
-- p0 = 'NL'
-- p1 = 'DE'
SELECT
  `places`.`city` AS `place__city`
FROM `shop`.`places`
WHERE
  `places`.`land` IN (:p0, :p1)
GROUP BY
  1
ORDER BY
  `place__city` ASC NULLS LAST
