"""Six tables that are unlike the others and full of numbers that invite a wrong sum: bodies, loans,
exams, meters, weather and fuel. Written, with their truth, before any rule was changed for them."""

from __future__ import annotations

from tests.catalog.analysis.labels import Truth, World, names

SQL = """
CREATE SCHEMA gold;
CREATE TABLE gold.athletes AS
SELECT 'A-' || (1000 + i) AS athlete_no,
       list_element(['Ivo','Jan','Kim','Lea'], 1 + i % 4) || ' Ash' AS full_name,

       CAST(48 + hash(i) % 600 / 10.0 AS DOUBLE) AS weight_kg,
       CAST(155 + hash(i + 1) % 50 AS INTEGER) AS height_cm,

       CAST(40 + hash(i + 2) % 40 AS INTEGER) AS resting_pulse,
       CAST(17 + hash(i + 3) % 22 AS INTEGER) AS age_years,

       CAST(5 + hash(i + 4) % 200 / 10.0 AS DOUBLE) AS body_fat,
       CAST(hash(i + 5) % 9 AS INTEGER) AS medals,

       CAST(1 + hash(i + 6) % 99 AS INTEGER) AS bib,
       list_element(['Y','N'], 1 + i % 2) AS is_professional
FROM range(1, 901) AS t(i);
CREATE TABLE gold.loan_accounts AS
SELECT 700000 + i * 7 AS loan_nr, DATE '2019-01-01' + CAST(i * 2 AS INTEGER) AS opened_on,
       CAST(1000 + hash(i) % 400000 AS DECIMAL(12, 2)) AS principal,
       CAST(hash(i + 1) % 300000 AS DECIMAL(12, 2)) AS outstanding_balance,
       CAST(2 + hash(i + 2) % 90 / 10.0 AS DOUBLE) AS apr,
       CAST(30 + hash(i + 3) % 70 AS DOUBLE) AS ltv_pct,

       CAST(12 * (1 + hash(i + 4) % 30) AS INTEGER) AS term_months,
       CAST(520 + hash(i + 5) % 320 AS INTEGER) AS credit_score,
       CAST(hash(i + 6) % 400 AS DECIMAL(10, 2)) AS late_fees_charged,
       CAST(hash(i + 7) % 95 AS INTEGER) AS days_past_due, hash(i + 8) % 11 = 0 AS defaulted
FROM range(1, 1201) AS t(i);
CREATE TABLE gold.exam_results AS
SELECT 1 + i // 6 AS candidate_id,
       list_element(['ALG','BIO','CHE','GEO','HIS','LIT'], 1 + i % 6) AS subject_code,

       DATE '2024-06-01' + CAST(i % 12 AS INTEGER) AS sat_on,
       CAST(hash(i) % 101 AS INTEGER) AS marks,

       CAST(hash(i + 1) % 1000 / 10.0 AS DOUBLE) AS percentile,
       CAST(1 + hash(i + 2) % 3 AS INTEGER) AS attempt_no,

       CAST(20 + hash(i + 3) % 160 AS INTEGER) AS minutes_taken,
       CAST(hash(i + 4) % 4 AS INTEGER) AS retakes,

       list_element(['pass','fail'], 1 + CAST(hash(i + 5) % 2 AS INTEGER)) AS outcome
FROM range(0, 3000) AS t(i);
CREATE TABLE gold.meter_readings AS
SELECT 'M' || lpad(CAST(1 + i % 40 AS VARCHAR), 4, '0') AS meter_serial,
       TIMESTAMP '2024-03-01' + INTERVAL (i // 40) HOUR AS read_at,
       CAST(218 + hash(i) % 240 / 10.0 AS DOUBLE) AS voltage,
       CAST(hash(i + 1) % 900 / 100.0 AS DOUBLE) AS kwh_used,

       CAST(1000 + i // 40 * 3 + hash(i % 40) % 500 AS DOUBLE) AS cumulative_kwh,
       CAST(-100 + CAST(hash(i + 2) % 60 AS INTEGER) AS INTEGER) AS rssi_dbm,
       CAST(hash(i + 3) % 101 AS INTEGER) AS battery_pct,
       CAST(hash(i + 4) % 3 AS INTEGER) AS outages,

       CAST(49.9 + hash(i + 5) % 20 / 100.0 AS DOUBLE) AS frequency_hz,
       CAST(hash(i + 6) % 2 AS INTEGER) AS tampered
FROM range(0, 4000) AS t(i);
CREATE TABLE gold.station_weather AS
SELECT 'S' || (1 + i % 9) AS station,
       TIMESTAMP '2024-01-01' + INTERVAL (i // 9) HOUR AS observed_at,

       CAST(hash(i) % 400 / 10.0 - 8 AS DOUBLE) AS temp,
       CAST(hash(i + 1) % 300 / 10.0 - 10 AS DOUBLE) AS dewp,

       CAST(25 + hash(i + 2) % 75 AS DOUBLE) AS humid,
       CAST(hash(i + 3) % 360 AS INTEGER) AS wind_dir,

       CAST(hash(i + 4) % 300 / 10.0 AS DOUBLE) AS wind_speed,
       CAST(hash(i + 5) % 20 / 100.0 AS DOUBLE) AS precip,

       CAST(985 + hash(i + 6) % 400 / 10.0 AS DOUBLE) AS pressure,
       CAST(hash(i + 7) % 100 / 10.0 AS DOUBLE) AS visib,

       CAST(hash(i + 8) % 9 AS INTEGER) AS cloud_oktas,
       CAST(hash(i + 9) % 12 AS INTEGER) AS uv_index
FROM range(0, 4500) AS t(i);
CREATE TABLE gold.fuel_purchases AS
SELECT 'FP' || lpad(CAST(i AS VARCHAR), 7, '0') AS receipt,
       'V' || (1 + hash(i) % 60) AS vehicle_plate,

       TIMESTAMP '2024-01-01' + INTERVAL (i * 33) MINUTE AS filled_at,
       CAST(15 + hash(i + 1) % 600 / 10.0 AS DOUBLE) AS litres,

       CAST(1.4 + hash(i + 2) % 60 / 100.0 AS DECIMAL(6, 3)) AS price_per_litre,
       CAST(20 + hash(i + 3) % 9000 / 100.0 AS DECIMAL(8, 2)) AS paid_eur,
       CAST(20000 + i * 9 + hash(i + 4) % 300 AS INTEGER) AS odometer_km,
       CAST(4 + hash(i + 5) % 90 / 10.0 AS DOUBLE) AS l_per_100km,
       CAST(0.19 AS DECIMAL(4, 2)) + hash(i + 6) % 2 / 100 AS vat_share,

       CAST(hash(i + 7) % 40 AS INTEGER) AS loyalty_points
FROM range(1, 3001) AS t(i);
"""

DECOYS = World(
    "decoys",
    SQL,
    (
        Truth(
            "athletes",
            key=("athlete_no",),
            sums=names("medals"),
            averages=names("weight_kg height_cm resting_pulse age_years body_fat"),
            flags=names("is_professional"),
            labels=names("bib"),
            personal=names("full_name"),
            units={"weight_kg": "kilograms", "height_cm": "centimetres", "age_years": "years"},
            metrics=names("athletes medals average_weight"),
        ),
        Truth(
            "loan_accounts",
            key=("loan_nr",),
            time="opened_on",
            times=names("opened_on"),
            sums=names("principal late_fees_charged"),
            averages=names("apr ltv_pct credit_score term_months days_past_due"),
            balances=names("outstanding_balance"),
            flags=names("defaulted"),
            units={"ltv_pct": "percent", "term_months": "months", "days_past_due": "days"},
            metrics=names("loan_accounts principal average_credit_score"),
        ),
        Truth(
            "exam_results",
            key=("candidate_id", "subject_code"),
            time="sat_on",
            times=names("sat_on"),
            sums=names("minutes_taken retakes"),
            averages=names("marks percentile"),
            labels=names("subject_code outcome attempt_no"),
            units={"minutes_taken": "minutes"},
            metrics=names("exam_results average_marks"),
        ),
        Truth(
            "meter_readings",
            key=("meter_serial", "read_at"),
            time="read_at",
            times=names("read_at"),
            sums=names("kwh_used outages"),
            averages=names("voltage rssi_dbm battery_pct frequency_hz"),
            balances=names("cumulative_kwh"),
            flags=names("tampered"),
            labels=names("meter_serial"),
            units={
                "kwh_used": "kilowatt-hours",
                "cumulative_kwh": "kilowatt-hours",
                "battery_pct": "percent",
                "frequency_hz": "hertz",
            },
            metrics=names("kwh_used outages average_voltage"),
        ),
        Truth(
            "station_weather",
            key=("station", "observed_at"),
            time="observed_at",
            times=names("observed_at"),
            sums=names("precip"),
            averages=names("temp dewp humid wind_speed pressure visib cloud_oktas uv_index"),
            labels=names("station"),
            metrics=names("precip average_temp average_humid"),
        ),
        Truth(
            "fuel_purchases",
            key=("receipt",),
            time="filled_at",
            times=names("filled_at"),
            sums=names("litres paid_eur loyalty_points"),
            averages=names("price_per_litre l_per_100km vat_share"),
            balances=names("odometer_km"),
            units={"litres": "litres", "paid_eur": "EUR", "odometer_km": "kilometres"},
            metrics=names("fuel_purchases litres average_price_per_litre"),
        ),
    ),
)
