"""A retail star schema: facts with date keys, roles, decoys of small whole numbers."""

from __future__ import annotations

from tests.catalog.analysis.labels import Truth, World, names

SQL = """
CREATE SCHEMA gold;
SELECT setseed(0.42);
CREATE TABLE gold.dim_date AS
SELECT CAST(strftime(d, '%Y%m%d') AS INTEGER) AS date_key, CAST(d AS DATE) AS full_date,
       year(d) AS calendar_year, quarter(d) AS quarter_number, month(d) AS month_number,
       strftime(d, '%B') AS month_name, isodow(d) >= 6 AS is_weekend
FROM range(DATE '2023-01-01', DATE '2025-01-01', INTERVAL 1 DAY) AS t(d);
CREATE TABLE gold.dim_customer AS
SELECT i AS customer_key, 'C' || lpad(CAST(i AS VARCHAR), 6, '0') AS customer_number,
       list_element(['Ada','Bo','Cy','Di','Ed','Flo'], 1 + i % 6) AS first_name,
       list_element(['Stone','River','Hill','Marsh','Wood'], 1 + i % 5) AS last_name,
       'user' || i || '@mail.example.com' AS email_address,
       list_element(['US','FR','DE','SE'], 1 + i % 4) AS country_code,
       list_element(['consumer','corporate','home office'], 1 + i % 3) AS segment,
       CAST(DATE '1950-01-01' + CAST(i * 7 % 18000 AS INTEGER) AS DATE) AS birth_date,
       i % 3 = 0 AS is_loyalty_member,
       CAST(20000 + i * 37 % 90000 AS DECIMAL(12, 2)) AS annual_income
FROM range(1, 801) AS t(i);
CREATE TABLE gold.dim_product AS
SELECT i AS product_key, 'SKU-' || (1000 + i) AS sku, 'Product ' || i AS product_name,
       list_element(['chairs','tables','lamps','rugs','desks'], 1 + i % 5) AS category,
       list_element(['Nord','Sud','Ost'], 1 + i % 3) AS brand,
       CAST(5 + i * 13 % 400 AS DECIMAL(10, 2)) AS list_price,
       CAST(2 + i * 7 % 200 AS DECIMAL(10, 2)) AS unit_cost
FROM range(1, 151) AS t(i);
CREATE TABLE gold.dim_store AS
SELECT i AS store_key, 'Store ' || i AS store_name,
       list_element(['north','south','east','west'], 1 + i % 4) AS region,
       10000 + i * 911 AS zip_code, 300 + i * 77 % 4000 AS floor_area_sqm
FROM range(1, 21) AS t(i);
CREATE TABLE gold.fact_sales AS
SELECT i AS sales_key, 100000 + i // 3 AS order_number, 1 + i % 3 AS line_number,
       CAST(strftime(DATE '2023-01-01' + CAST(i % 700 AS INTEGER), '%Y%m%d') AS INTEGER)
           AS order_date_key,
       CAST(strftime(DATE '2023-01-03' + CAST(i % 700 AS INTEGER), '%Y%m%d') AS INTEGER)
           AS ship_date_key,
       1 + hash(i) % 800 AS customer_key, 1 + hash(i + 1) % 150 AS product_key,
       1 + hash(i + 2) % 20 AS store_key,
       CAST(1 + hash(i + 3) % 9 AS INTEGER) AS quantity,
       CAST(5 + hash(i + 4) % 400 AS DECIMAL(10, 2)) AS unit_price,
       CAST((1 + hash(i + 3) % 9) * (5 + hash(i + 4) % 400) AS DECIMAL(12, 2)) AS sales_amount,
       CAST(hash(i + 5) % 40 AS DECIMAL(10, 2)) AS discount_amount,
       CAST((hash(i + 6) % 30) / 100.0 AS DOUBLE) AS tax_rate,
       hash(i + 7) % 20 = 0 AS is_returned,
       list_element(['web','store','phone'], 1 + CAST(hash(i + 8) % 3 AS INTEGER)) AS channel
FROM range(1, 6001) AS t(i);
CREATE TABLE gold.fact_inventory_snapshot AS
SELECT CAST(d AS DATE) AS snapshot_date, p AS product_key, s AS store_key,
       CAST(hash(d, p, s) % 90 AS INTEGER) AS quantity_on_hand,
       CAST(hash(p, d) % 12 AS INTEGER) AS units_sold,
       CAST(3 + p % 20 AS DECIMAL(10, 2)) AS unit_cost
FROM range(DATE '2024-01-01', DATE '2024-02-01', INTERVAL 1 DAY) AS a(d),
     range(1, 21) AS b(p), range(1, 6) AS c(s);
COMMENT ON COLUMN gold.fact_sales.sales_amount IS 'What the customer paid, in USD.';
"""

RETAIL = World(
    "retail",
    SQL,
    (
        Truth(
            "dim_customer",
            key=("customer_key",),
            averages=names("annual_income"),
            flags=names("is_loyalty_member"),
            labels=names("country_code segment"),
            personal=names("first_name last_name email_address birth_date"),
            metrics=names("customers"),
        ),
        Truth(
            "dim_product",
            key=("product_key",),
            averages=names("list_price unit_cost"),
            labels=names("category brand product_name"),
            metrics=names("products average_list_price"),
        ),
        Truth(
            "dim_store",
            key=("store_key",),
            sums=names("floor_area_sqm"),
            labels=names("region zip_code store_name"),
        ),
        Truth(
            "dim_date",
            key=("date_key",),
            time="full_date",
            times=names("full_date"),
            flags=names("is_weekend"),
            labels=names("calendar_year quarter_number month_number month_name"),
        ),
        Truth(
            "fact_sales",
            key=("sales_key",),
            foreign={
                "order_date_key": "dim_date.date_key",
                "ship_date_key": "dim_date.date_key",
                "customer_key": "dim_customer.customer_key",
                "product_key": "dim_product.product_key",
                "store_key": "dim_store.store_key",
            },
            time="order_date_key",
            times=names("order_date_key ship_date_key"),
            sums=names("quantity sales_amount discount_amount"),
            averages=names("unit_price tax_rate"),
            flags=names("is_returned"),
            labels=names("channel line_number"),
            metrics=names("sales sales_amount returned_rate unique_customers average_unit_price"),
        ),
        Truth(
            "fact_inventory_snapshot",
            key=("snapshot_date", "product_key", "store_key"),
            foreign={
                "product_key": "dim_product.product_key",
                "store_key": "dim_store.store_key",
            },
            time="snapshot_date",
            times=names("snapshot_date"),
            sums=names("units_sold"),
            averages=names("unit_cost"),
            balances=names("quantity_on_hand"),
            metrics=names("quantity_on_hand units_sold"),
        ),
    ),
)
