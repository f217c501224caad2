-- duckdb
WITH "calls__agg" AS (
  SELECT
    "calls"."line" AS "call__line",
    COUNT("calls"."call_id") AS "_call_count"
  FROM "t"."calls"
  GROUP BY
    1
), "calls__agg_2__base" AS (
  SELECT
    "calls"."line" AS "call__line",
    "calls"."person" AS "_entity",
    DATE_TRUNC('DAY', "calls"."called_on") AS "_period"
  FROM "t"."calls"
), "calls__agg_2__events" AS (
  SELECT
    "sales"."person" AS "_entity",
    DATE_TRUNC('DAY', "sales"."sold_on") AS "_period",
    "sales"."sale_id" AS "_converted",
    ROW_NUMBER() OVER (ORDER BY "sales"."person" ASC, DATE_TRUNC('DAY', "sales"."sold_on") ASC) AS "_number"
  FROM "t"."sales"
), "calls__agg_2__pairs" AS (
  SELECT
    "calls__agg_2__events"."_number",
    ARG_MIN_NULL("calls__agg_2__base"."call__line", ROW(
      "calls__agg_2__events"."_period" - "calls__agg_2__base"."_period",
      "calls__agg_2__base"."call__line" IS NULL,
      "calls__agg_2__base"."call__line"
    )) AS "call__line",
    MAX("calls__agg_2__events"."_converted") AS "_converted"
  FROM "calls__agg_2__base"
  INNER JOIN "calls__agg_2__events"
    ON "calls__agg_2__base"."_entity" = "calls__agg_2__events"."_entity"
    AND "calls__agg_2__base"."_period" <= "calls__agg_2__events"."_period"
  GROUP BY
    1
), "calls__agg_2" AS (
  SELECT
    "calls__agg_2__pairs"."call__line",
    COUNT("calls__agg_2__pairs"."_converted") AS "_sale_count"
  FROM "calls__agg_2__pairs"
  GROUP BY
    1
)
SELECT
  COALESCE("calls__agg"."call__line", "calls__agg_2"."call__line") AS "call__line",
  "calls__agg_2"."_sale_count" AS "sold"
FROM "calls__agg"
FULL OUTER JOIN "calls__agg_2"
  ON "calls__agg"."call__line" IS NOT DISTINCT FROM "calls__agg_2"."call__line"
ORDER BY
  "sold" DESC,
  "call__line" ASC

-- databricks
WITH `calls__agg` AS (
  SELECT
    `calls`.`line` AS `call__line`,
    COUNT(`calls`.`call_id`) AS `_call_count`
  FROM `t`.`calls`
  GROUP BY
    1
), `calls__agg_2__base` AS (
  SELECT
    `calls`.`line` AS `call__line`,
    `calls`.`person` AS `_entity`,
    DATE_TRUNC('DAY', `calls`.`called_on`) AS `_period`
  FROM `t`.`calls`
), `calls__agg_2__events` AS (
  SELECT
    `sales`.`person` AS `_entity`,
    DATE_TRUNC('DAY', `sales`.`sold_on`) AS `_period`,
    `sales`.`sale_id` AS `_converted`,
    ROW_NUMBER() OVER (
      ORDER BY `sales`.`person` ASC NULLS LAST, DATE_TRUNC('DAY', `sales`.`sold_on`) ASC NULLS LAST
    ) AS `_number`
  FROM `t`.`sales`
), `calls__agg_2__pairs` AS (
  SELECT
    `calls__agg_2__events`.`_number`,
    MIN_BY(`calls__agg_2__base`.`call__line`, STRUCT(
      `calls__agg_2__events`.`_period` - `calls__agg_2__base`.`_period`,
      `calls__agg_2__base`.`call__line` IS NULL,
      `calls__agg_2__base`.`call__line`
    )) AS `call__line`,
    MAX(`calls__agg_2__events`.`_converted`) AS `_converted`
  FROM `calls__agg_2__base`
  INNER JOIN `calls__agg_2__events`
    ON `calls__agg_2__base`.`_entity` = `calls__agg_2__events`.`_entity`
    AND `calls__agg_2__base`.`_period` <= `calls__agg_2__events`.`_period`
  GROUP BY
    1
), `calls__agg_2` AS (
  SELECT
    `calls__agg_2__pairs`.`call__line`,
    COUNT(`calls__agg_2__pairs`.`_converted`) AS `_sale_count`
  FROM `calls__agg_2__pairs`
  GROUP BY
    1
)
SELECT
  COALESCE(`calls__agg`.`call__line`, `calls__agg_2`.`call__line`) AS `call__line`,
  `calls__agg_2`.`_sale_count` AS `sold`
FROM `calls__agg`
FULL OUTER JOIN `calls__agg_2`
  ON `calls__agg`.`call__line` IS NOT DISTINCT FROM `calls__agg_2`.`call__line`
ORDER BY
  `sold` DESC,
  `call__line` ASC NULLS LAST
