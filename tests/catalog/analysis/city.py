"""A city's clinic, grocer, bikes, utility and help desk: labelled before the analysis was tried on
it, by somebody who did not make its rules. Numbers are as scattered as real ones.
"""

from __future__ import annotations

from tests.catalog.analysis.labels import Truth, World, names

SQL = """
CREATE TEMP MACRO rnd(i, k, n) AS CAST(md5_number_lower(concat(i, ':', k)) % n AS INTEGER);
CREATE TEMP MACRO skew(i, k, n) AS least(rnd(i, k, n), rnd(i, k + 1000, n));
CREATE TEMP MACRO day_of(i, rows) AS DATE '2024-11-01' + CAST(i * 757 // rows AS INTEGER);
CREATE SCHEMA gold;
CREATE SCHEMA ref;
CREATE TABLE ref.insurers AS SELECT 'INS' || (100 + i) AS insurer_code,
  'Insurer ' || i AS legal_name
FROM range(1, 13) g(i);
CREATE TABLE gold.wards AS SELECT i AS ward_id,
  (['Cardiology','Oncology','Orthopaedics','Maternity','Paediatrics','Emergency','Intensive'])[i]
  AS ward_name, (['North Wing','South Wing','East Wing'])[1 + i % 3] AS building, 10 + rnd(i, 1,
  30) AS beds
FROM range(1, 8) g(i);
CREATE TABLE gold.doctors AS SELECT i AS doctor_id,
  (['Ada','Bo','Cleo','Dan','Eva'])[1 + i % 5] || ' ' ||
  (['Alvarez','Brandt','Dubois','Novak'])[1 + i % 4] AS full_name,
  (['Cardiologist','Oncologist','Surgeon','Internist'])[1 + rnd(i, 3, 4)] AS specialty,
  'dr' || i || '@clinic.example' AS work_email, 24 + rnd(i, 4, 38) AS age
FROM range(1, 41) g(i);
CREATE TABLE gold.admissions AS
SELECT i AS admission_id, day_of(i, 4000) AS admitted_on,
  CASE WHEN i < 3950 THEN day_of(i, 4000) + 1 + rnd(i, 14, 9) END AS discharged_on,
  1 + skew(i, 11, 7) AS ward_id, CASE WHEN rnd(i, 16, 50) > 0 THEN 1 + skew(i, 12,
  40) END AS doctor_id,
  'INS' || (101 + skew(i, 18, 12)) AS insurer_code,
  (['emergency','planned','transfer'])[1 + skew(i, 17, 3)] AS admission_type,
  (['0-17','18-39','40-64','65+'])[1 + rnd(i, 19, 4)] AS age_group,
  rnd(i, 21, 9) = 0 AS is_readmission, CASE WHEN rnd(i, 22, 40) = 0 THEN 'Y' ELSE 'N' END AS died,
  round(400 + rnd(i, 14, 9) * 310 + rnd(i, 23, 2500) * 1.13, 2) AS charge_usd, 20 + rnd(i, 24,
  220) AS wait_minutes
FROM range(1, 4001) g(i);
CREATE TABLE gold.till_lines AS
SELECT 70000 + i // 3 AS receipt_no, 1 + i % 3 AS line_no, day_of(i // 3, 1334) AS sold_on,
  1000 + skew(i, 12, 24) AS sku, 1 + rnd(i, 15, 6) AS quantity,
  CAST((1 + rnd(i, 15, 6)) * (120 + rnd(i, 16, 1100)) / 100.0 AS DECIMAL(10, 2)) AS line_total,
  CAST((120 + rnd(i, 16, 1100)) / 100.0 AS DECIMAL(10, 2)) AS unit_price,
  CASE WHEN rnd(i, 17, 4) = 0 THEN 0.1 ELSE 0.0 END AS discount_pct,
  (['cash','card','mobile'])[1 + rnd(i // 3, 19, 3)] AS tender
FROM range(0, 4000) g(i);
CREATE TABLE gold.refunds AS
SELECT i AS refund_id, 70000 + (i * 11) // 3 AS receipt_no, 1 + (i * 11) % 3 AS line_no,
  strftime(day_of(i * 11 // 3, 1334) + 3, '%d-%b-%Y') AS refunded,
  printf('£%d,%03d.%02d', 1 + rnd(i, 3, 2), rnd(i, 4, 1000), rnd(i, 5, 100)) AS refund_value,
  (['damaged','expired','wrong item'])[1 + rnd(i, 31, 3)] AS reason
FROM range(0, 350) g(i);
CREATE TABLE gold.stations AS SELECT i AS station_id,
  'Stop ' || chr(CAST(64 + i AS INTEGER)) AS station_name,
  (['Centre','North','South'])[1 + i % 3] AS district, 10 + rnd(i, 2, 25) AS docks,
  47.3 + rnd(i, 5, 900) / 10000.0 AS lat, 8.5 + rnd(i, 6, 900) / 10000.0 AS lng
FROM range(1, 13) g(i);
CREATE TABLE gold.rides AS
SELECT i AS ride_id, 1730437200 + i * 14200 + rnd(i, 11, 9000) AS started_ts,
  1 + skew(i, 12, 12) AS start_station_id, 1 + rnd(i, 13, 12) AS end_station_id,
  (['member','casual','student'])[1 + rnd(i, 16, 3)] AS rider_type, 240 + rnd(i, 18,
  4000) AS duration_s,
  round(0.6 + rnd(i, 19, 900) / 100.0, 2) AS dist_km, CASE WHEN rnd(i, 20,
  3) = 0 THEN 0 ELSE rnd(i, 21, 500) / 100.0 END AS fare_eur,
  CASE WHEN rnd(i, 22, 30) = 0 THEN 1 ELSE 0 END AS returned_late
FROM range(1, 4601) g(i);
CREATE TABLE gold.air_sensors AS
SELECT TIMESTAMP '2025-01-01' + INTERVAL (i // 3) HOUR AS read_at, 1 + i % 3 AS station_id,
  round(9 + 12 * sin(i / 900.0) + 4 * sin(i / 11.5) + rnd(i, 1, 30) / 10.0, 1) AS tmp_c,
  round(60 + 20 * sin(i / 700.0) + rnd(i, 2, 120) / 10.0, 1) AS humid,
  round(1013 + 9 * sin(i / 300.0) + rnd(i, 3, 20) / 10.0, 1) AS baro,
  round(5 + 8 * sin(i / 900.0) + rnd(i, 9, 30) / 10.0, 1) AS dewp,
  round(18 + 9 * sin(i / 210.0) + rnd(i, 4, 60) / 10.0, 1) AS pm25,
  round(3.55 + 0.4 * sin(i / 1500.0) + rnd(i, 5, 8) / 100.0, 3) AS batt_v,
  rnd(i, 6, 7) * (rnd(i, 7, 4) // 3) / 10.0 AS precip_mm, 48 + rnd(i, 8, 30) AS noise_db
FROM range(0, 6000) g(i);
CREATE TABLE gold.bills AS
SELECT 'B-' || (10000 + i) AS bill_no, strftime(day_of(i, 2000), '%Y/%m/%d') AS billed,
  1 + rnd(i, 31, 200) AS premise_id, CAST(18 + rnd(i, 32, 22000) / 100.0 AS DECIMAL(10,
  2)) AS amount_eur,
  rnd(i, 33, 9) > 0 AS paid, 3.0 + rnd(i, 35, 3000) / 10.0 AS kwh
FROM range(0, 2000) g(i);
CREATE TABLE gold.tickets AS
SELECT 50000 + i AS ticket_no, (1730437200000 + CAST(i AS BIGINT) * 18000000) AS opened_ms,
  (['email','chat','phone'])[1 + skew(i, 14, 3)] AS channel, 1 + skew(i, 15, 4) AS priority,
  2 + skew(i, 17, 600) AS first_response_min, 1 + rnd(i, 18, 11) AS replies,
  CASE WHEN rnd(i, 19, 3) = 0 THEN 1 + rnd(i, 20, 5) END AS csat_score,
  rnd(i, 22, 11) = 0 AS was_reopened, 'user' || rnd(i, 23, 700) || '@mail.example' AS requester
FROM range(0, 3600) g(i);
"""

CITY = World(
    "city",
    SQL,
    (
        Truth("wards", key=("ward_id",), sums=names("beds"), labels=names("ward_name building")),
        Truth(
            "doctors",
            key=("doctor_id",),
            averages=names("age"),
            labels=names("specialty"),
            personal=names("full_name work_email"),
        ),
        Truth(
            "admissions",
            key=("admission_id",),
            foreign={
                "ward_id": "wards.ward_id",
                "doctor_id": "doctors.doctor_id",
                "insurer_code": "insurers.insurer_code",
            },
            time="admitted_on",
            times=names("admitted_on discharged_on"),
            sums=names("charge_usd wait_minutes"),
            flags=names("is_readmission died"),
            labels=names("admission_type age_group"),
        ),
        Truth(
            "till_lines",
            key=("receipt_no", "line_no"),
            time="sold_on",
            times=names("sold_on"),
            sums=names("quantity line_total"),
            averages=names("unit_price discount_pct"),
            labels=names("tender"),
        ),
        Truth(
            "refunds",
            key=("refund_id",),
            foreign={"receipt_no+line_no": "till_lines.receipt_no+line_no"},
            time="refunded",
            times=names("refunded"),
            sums=names("refund_value"),
            labels=names("reason"),
        ),
        Truth("stations", key=("station_id",), sums=names("docks"), labels=names("district")),
        Truth(
            "rides",
            key=("ride_id",),
            foreign={
                "start_station_id": "stations.station_id",
                "end_station_id": "stations.station_id",
            },
            time="started_ts",
            times=names("started_ts"),
            sums=names("duration_s dist_km fare_eur"),
            flags=names("returned_late"),
            labels=names("rider_type"),
        ),
        Truth(
            "air_sensors",
            key=("read_at", "station_id"),
            foreign={"station_id": "stations.station_id"},
            time="read_at",
            times=names("read_at"),
            sums=names("precip_mm"),
            averages=names("tmp_c humid baro dewp pm25 batt_v noise_db"),
        ),
        Truth(
            "bills",
            key=("bill_no",),
            time="billed",
            times=names("billed"),
            sums=names("amount_eur kwh"),
            flags=names("paid"),
        ),
        Truth(
            "tickets",
            key=("ticket_no",),
            time="opened_ms",
            times=names("opened_ms"),
            sums=names("first_response_min replies"),
            averages=names("csat_score"),
            flags=names("was_reopened"),
            labels=names("channel priority"),
            personal=names("requester"),
        ),
    ),
)
