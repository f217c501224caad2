"""Files somebody imported: everything is text, dates and decimals written by hand, Y and N, keys
that repeat, camel case, blanks."""

from __future__ import annotations

from tests.catalog.analysis.labels import Truth, World, names

SQL = """
CREATE SCHEMA gold;
CREATE TABLE gold."Orders Export" AS
SELECT CAST(100000 + i AS VARCHAR) AS "OrderID", CAST(1 + i * 7 % 400 AS VARCHAR) AS "CustID",
       strftime(DATE '2024-01-01' + CAST(i % 200 AS INTEGER), '%d/%m/%Y') AS "OrderDate",
       CASE WHEN i % 9 = 0 THEN '' ELSE strftime(DATE '2024-01-04' + CAST(i % 200 AS INTEGER),
            '%Y-%m-%d') END AS "ShippedDate",
       format('{:,}', 900 + i * 7 % 4000) || '.50' AS "TotalAmount",
       CASE WHEN i % 4 = 0 THEN 'Y' WHEN i % 50 = 1 THEN '' ELSE 'N' END AS "GiftWrap",
       CASE WHEN i % 3 = 0 THEN 'Yes' ELSE 'no' END AS "Paid",
       list_element(['New','Shipped','Lost'], 1 + i % 3) AS "Status",
       lpad(CAST(i * 17 % 90000 AS VARCHAR), 5, '0') AS "ZipCode",
       CASE WHEN i % 7 = 0 THEN 'please call me at user' || i || '@mail.example about it'
            ELSE 'leave it at the door' END AS "Notes",
       CAST(1 + i % 5 AS VARCHAR) AS "Items"
FROM range(1, 1501) AS t(i);
CREATE TABLE gold."Customers Export" AS
SELECT CAST(i AS VARCHAR) AS "CustomerID",
       list_element(['Ada','Bo','Cy','Di'], 1 + i % 4) || ' ' ||
           list_element(['Stone','River','Hill','Marsh','Wood'], 1 + i % 5) AS "Name",
       'c' || i || '@mail.example' AS "E-mail", '(555) 010-' || (1000 + i) AS "Telephone",
       list_element(['Oslo','Rome','Kiel'], 1 + i % 3) AS "City",
       list_element(['0','1'], 1 + i % 2) AS "Newsletter Flag"
FROM range(1, 401) AS t(i);
CREATE TABLE gold.survey_answers AS
SELECT i % 900 AS response_id, list_element(['a','b','c'], 1 + i % 3) AS question,
       1 + i % 5 AS rating, strftime(DATE '2024-01-13' + CAST(i % 80 AS INTEGER), '%m-%d-%Y')
           AS answered, CASE WHEN i % 2 = 0 THEN 'true' ELSE 'false' END AS would_recommend,
       1970 + CAST(hash(i) % 40 AS INTEGER) AS year_of_birth, i % 7 AS household_size
FROM range(1, 1001) AS t(i);
CREATE TABLE gold.sensor_readings AS
SELECT i AS reading_no, 'SN-' || (1 + i % 12) AS sensor,
       strftime(TIMESTAMP '2024-01-01' + INTERVAL (i * 10) MINUTE, '%Y-%m-%d %H:%M:%S')
           AS measured_at,
       CAST(15 + hash(i) % 100 / 10.0 AS DOUBLE) AS temperature_c,
       CAST(hash(i + 1) % 360 AS INTEGER) AS wind_direction,
       CAST(hash(i + 2) % 500 / 100.0 AS DOUBLE) AS rainfall_mm,
       CAST(hash(i + 3) % 100 AS INTEGER) AS humidity_pct,
       CAST(hash(i + 4) % 50 / 10.0 AS DOUBLE) AS energy_kwh
FROM range(1, 3001) AS t(i);
"""

IMPORTED = World(
    "imported",
    SQL,
    (
        Truth(
            "Orders Export",
            key=("OrderID",),
            foreign={"CustID": "Customers Export.CustomerID"},
            time="OrderDate",
            times=names("OrderDate ShippedDate"),
            sums=names("TotalAmount Items"),
            flags=names("GiftWrap Paid"),
            labels=names("Status ZipCode"),
            personal=names("Notes"),
            metrics=names("order_total_amount paid_rate"),
        ),
        Truth(
            "Customers Export",
            key=("CustomerID",),
            flags=frozenset({"Newsletter Flag"}),
            labels=names("City"),
            personal=names("Name E-mail Telephone"),
        ),
        Truth(
            "survey_answers",
            time="answered",
            times=names("answered"),
            averages=names("rating household_size"),
            flags=names("would_recommend"),
            labels=names("question year_of_birth"),
            metrics=names("average_survey_answer_rating would_recommend_rate"),
        ),
        Truth(
            "sensor_readings",
            key=("reading_no",),
            time="measured_at",
            times=names("measured_at"),
            sums=names("rainfall_mm energy_kwh"),
            averages=names("temperature_c humidity_pct"),
            labels=names("sensor"),
            metrics=names("average_temperature rainfall"),
        ),
    ),
)
