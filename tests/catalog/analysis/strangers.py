"""Four tables that were written after the rules had been mended for the decoys."""

from __future__ import annotations

from tests.catalog.analysis.labels import Truth, World, names

SQL = """
CREATE SCHEMA gold;
CREATE TABLE gold.parcels AS
SELECT 'PX' || lpad(CAST(i AS VARCHAR), 8, '0') AS tracking_code,
       DATE '2024-02-01' + CAST(i // 40 AS INTEGER) AS handed_over_on,
       CAST(1 + hash(i) % 3000 / 100.0 AS DOUBLE) AS weight_kg,
       CAST(3 + hash(i + 1) % 200 / 10.0 AS DECIMAL(8, 2)) AS postage_eur,
       CAST(hash(i + 2) % 5000 AS DECIMAL(10, 2)) AS insured_value,
       CAST(hash(i + 3) % 12 AS INTEGER) AS days_in_transit,
       CAST(hash(i + 4) % 4 AS INTEGER) AS scans,
       hash(i + 5) % 20 = 0 AS damaged,
       list_element(['S','M','L'], 1 + CAST(hash(i + 6) % 3 AS INTEGER)) AS size_class
FROM range(1, 2401) AS t(i);
CREATE TABLE gold.lab_samples AS
SELECT 40000 + i AS sample_id,
       TIMESTAMP '2024-05-01 07:00:00' + INTERVAL (i * 11) MINUTE AS drawn_at,
       CAST(35 + hash(i) % 40 / 10.0 AS DOUBLE) AS hematocrit,
       CAST(60 + hash(i + 1) % 140 AS INTEGER) AS glucose_mg_dl,
       CAST(6.8 + hash(i + 2) % 9 / 10.0 AS DOUBLE) AS ph_value,
       CAST(hash(i + 3) % 90 AS INTEGER) AS turnaround_minutes,
       CAST(1 + hash(i + 4) % 4 AS INTEGER) AS tubes,
       list_element(['blood','urine'], 1 + CAST(hash(i + 5) % 2 AS INTEGER)) AS specimen
FROM range(1, 1801) AS t(i);
CREATE TABLE gold.server_metrics AS
SELECT 'web-' || (1 + i % 12) AS host,
       TIMESTAMP '2024-04-01' + INTERVAL (i // 12 * 5) MINUTE AS ts,
       CAST(hash(i) % 1000 / 10.0 AS DOUBLE) AS cpu_util,
       CAST(2000 + hash(i + 1) % 14000 AS INTEGER) AS mem_free_mb,
       CAST(hash(i + 2) % 900 AS INTEGER) AS requests,
       CAST(hash(i + 3) % 12 AS INTEGER) AS http_5xx_errors,
       CAST(5 + hash(i + 4) % 400 / 2.0 AS DOUBLE) AS p95_latency_ms,
       CAST(hash(i + 5) % 900000 AS BIGINT) AS bytes_sent,
       CAST(30 + hash(i + 6) % 50 AS INTEGER) AS open_connections
FROM range(0, 3600) AS t(i);
CREATE TABLE gold.hotel_stays AS
SELECT 90000 + i * 3 AS stay_ref,
       DATE '2024-01-01' + CAST(hash(i) % 200 AS INTEGER) AS arrival,
       CAST(1 + hash(i + 1) % 9 AS INTEGER) AS nights,
       CAST(1 + hash(i + 2) % 4 AS INTEGER) AS adults,
       CAST(60 + hash(i + 3) % 240 AS DECIMAL(8, 2)) AS nightly_rate,
       CAST(60 + hash(i + 4) % 2000 AS DECIMAL(9, 2)) AS room_revenue,
       CAST(hash(i + 5) % 60 AS INTEGER) AS lead_time_days,
       CAST(1 + hash(i + 6) % 10 AS INTEGER) AS review_score,
       CAST(hash(i + 7) % 15 / 100.0 AS DOUBLE) AS discount,
       list_element(['T','F'], 1 + CAST(hash(i + 8) % 2 AS INTEGER)) AS prepaid
FROM range(1, 1501) AS t(i);
"""

STRANGERS = World(
    "strangers",
    SQL,
    (
        Truth(
            "parcels",
            key=("tracking_code",),
            time="handed_over_on",
            times=names("handed_over_on"),
            sums=names("weight_kg postage_eur insured_value days_in_transit scans"),
            flags=names("damaged"),
            labels=names("size_class"),
            units={"weight_kg": "kilograms", "postage_eur": "EUR", "days_in_transit": "days"},
        ),
        Truth(
            "lab_samples",
            key=("sample_id",),
            time="drawn_at",
            times=names("drawn_at"),
            sums=names("turnaround_minutes tubes"),
            averages=names("hematocrit glucose_mg_dl ph_value"),
            labels=names("specimen"),
            units={"turnaround_minutes": "minutes"},
        ),
        Truth(
            "server_metrics",
            key=("host", "ts"),
            time="ts",
            times=names("ts"),
            sums=names("requests http_5xx_errors bytes_sent"),
            averages=names("cpu_util mem_free_mb p95_latency_ms open_connections"),
            labels=names("host"),
            units={"mem_free_mb": "megabytes", "p95_latency_ms": "milliseconds"},
        ),
        Truth(
            "hotel_stays",
            key=("stay_ref",),
            time="arrival",
            times=names("arrival"),
            sums=names("nights adults room_revenue"),
            averages=names("nightly_rate lead_time_days review_score discount"),
            flags=names("prepaid"),
            units={"lead_time_days": "days"},
        ),
    ),
)
