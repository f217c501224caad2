"""A hospital and its staff, written after the rules were made on the other worlds."""

from __future__ import annotations

from tests.catalog.analysis.labels import Truth, World, names

SQL = """
CREATE SCHEMA gold;
CREATE TABLE gold.departments AS
SELECT 'D' || lpad(CAST(i AS VARCHAR), 2, '0') AS dept_code, 'Department ' || i AS dept_name,
       5 + i * 7 % 40 AS beds, CAST(100000 + i * 50000 AS DECIMAL(14, 2)) AS annual_budget
FROM range(1, 16) AS t(i);
CREATE TABLE gold.physicians AS
SELECT 1000 + i AS npi, list_element(['Ann','Ben','Cat','Dan'], 1 + i % 4) AS first_nm,
       list_element(['Ash','Birch','Cedar','Elm','Fir'], 1 + i % 5) AS last_name,
       'D' || lpad(CAST(1 + i % 15 AS VARCHAR), 2, '0') AS dept_code,
       DATE '2005-01-01' + CAST(i * 31 % 6000 AS INTEGER) AS hire_date,
       CAST(90000 + i * 913 % 90000 AS DECIMAL(12, 2)) AS base_salary
FROM range(1, 121) AS t(i);
CREATE TABLE gold.patients AS
SELECT 'P' || (20000 + i) AS patient_id, 'MRN' || (880000 + i * 3) AS mrn,
       list_element(['Ivo','Jan','Kim','Lea'], 1 + i % 4) || ' ' ||
           list_element(['Ash','Birch','Cedar','Elm','Fir'], 1 + i % 5) AS patient_name,
       DATE '1940-01-01' + CAST(i * 17 % 28000 AS INTEGER) AS date_of_birth,
       list_element(['F','M','X'], 1 + i % 3) AS sex,
       '+1 212-555-' || (1000 + i) AS contact_phone,
       list_element(['A','B','AB','O'], 1 + i % 4) AS blood_type,
       CASE WHEN i % 6 = 0 THEN 1 ELSE 0 END AS smoker
FROM range(1, 1501) AS t(i);
CREATE TABLE gold.admissions AS
SELECT i AS admission_id, 'P' || (20000 + 1 + hash(i) % 1500) AS patient_id,
       1000 + 1 + hash(i + 1) % 120 AS attending_physician_npi,
       'D' || lpad(CAST(1 + hash(i + 2) % 15 AS VARCHAR), 2, '0') AS department,
       TIMESTAMP '2024-01-01 06:10:00' + INTERVAL (i * 97) MINUTE AS admitted_at,
       TIMESTAMP '2024-01-03 12:00:00' + INTERVAL (i * 97) MINUTE AS discharged_at,
       CAST(1 + hash(i + 3) % 14 AS INTEGER) AS length_of_stay_days,
       CAST(500 + hash(i + 4) % 90000 AS DECIMAL(12, 2)) AS total_charges,
       CAST(100 + hash(i + 5) % 50000 AS DECIMAL(12, 2)) AS insurance_paid,
       hash(i + 6) % 9 = 0 AS readmitted_within_30_days,
       list_element(['emergency','elective','transfer'], 1 + CAST(hash(i + 7) % 3 AS INTEGER))
           AS admission_type,
       CAST(1 + hash(i + 8) % 5 AS INTEGER) AS triage_level,
       CAST(100 + hash(i + 9) % 300 AS INTEGER) AS diagnosis_code
FROM range(1, 4001) AS t(i);
CREATE TABLE gold.vitals AS
SELECT 1 + i // 4 AS admission_id, TIMESTAMP '2024-01-01' + INTERVAL (i * 20) MINUTE AS taken_at,
       CAST(55 + hash(i) % 60 AS INTEGER) AS heart_rate,
       CAST(36 + hash(i + 1) % 40 / 10.0 AS DOUBLE) AS body_temperature_celsius,
       CAST(90 + hash(i + 2) % 11 AS INTEGER) AS oxygen_saturation_pct,
       CAST(40 + hash(i + 3) % 800 / 10.0 AS DOUBLE) AS weight_kg
FROM range(1, 6001) AS t(i);
CREATE TABLE gold.bed_occupancy_daily AS
SELECT CAST(d AS DATE) AS census_date, 'D' || lpad(CAST(k AS VARCHAR), 2, '0') AS dept_code,
       CAST(hash(d, k) % 40 AS INTEGER) AS occupied_beds,
       CAST(hash(k, d) % 9 AS INTEGER) AS new_admissions,
       CAST(hash(d, k, 2) % 100 / 100.0 AS DOUBLE) AS occupancy_rate
FROM range(DATE '2024-01-01', DATE '2024-04-01', INTERVAL 1 DAY) AS a(d), range(1, 16) AS b(k);
"""

HOSPITAL = World(
    "hospital",
    SQL,
    (
        Truth(
            "departments",
            key=("dept_code",),
            sums=names("beds annual_budget"),
            labels=names("dept_name"),
        ),
        Truth(
            "physicians",
            key=("npi",),
            foreign={"dept_code": "departments.dept_code"},
            time="hire_date",
            times=names("hire_date"),
            averages=names("base_salary"),
            personal=names("first_nm last_name"),
            metrics=names("physicians average_base_salary"),
        ),
        Truth(
            "patients",
            key=("patient_id",),
            flags=names("smoker"),
            labels=names("sex blood_type"),
            personal=names("patient_name date_of_birth contact_phone"),
            metrics=names("patients smoker_rate"),
        ),
        Truth(
            "admissions",
            key=("admission_id",),
            foreign={
                "patient_id": "patients.patient_id",
                "attending_physician_npi": "physicians.npi",
                "department": "departments.dept_code",
            },
            time="admitted_at",
            times=names("admitted_at discharged_at"),
            sums=names("length_of_stay_days total_charges insurance_paid"),
            flags=names("readmitted_within_30_days"),
            labels=names("admission_type triage_level diagnosis_code"),
            metrics=names("admissions total_charges unique_patients average_length_of_stay"),
        ),
        Truth(
            "vitals",
            key=("admission_id", "taken_at"),
            foreign={"admission_id": "admissions.admission_id"},
            time="taken_at",
            times=names("taken_at"),
            averages=names("heart_rate body_temperature_celsius oxygen_saturation_pct weight_kg"),
            metrics=names("average_heart_rate average_body_temperature"),
        ),
        Truth(
            "bed_occupancy_daily",
            key=("census_date", "dept_code"),
            foreign={"dept_code": "departments.dept_code"},
            time="census_date",
            times=names("census_date"),
            sums=names("new_admissions"),
            averages=names("occupancy_rate"),
            balances=names("occupied_beds"),
            metrics=names("occupied_beds new_admissions average_occupancy_rate"),
        ),
    ),
)
