"""A small shop in a DuckDB file, for tests of the engine: written anew for every test that asks."""

from __future__ import annotations

from pathlib import Path

import duckdb

SHOP = '''
CREATE SCHEMA gold;
CREATE TABLE gold.customers (
    customer_id INTEGER NOT NULL PRIMARY KEY, name VARCHAR, country VARCHAR, joined TIMESTAMP
);
INSERT INTO gold.customers VALUES
    (1, 'Ada', 'FR', '2024-01-01'), (2, 'Bo', 'SE', '2024-02-01'), (3, 'Cy', NULL, '2024-03-01');
CREATE TABLE gold.orders (
    order_id INTEGER, customer_id INTEGER, ordered_at TIMESTAMP, amount DECIMAL(12, 2)
);
INSERT INTO gold.orders VALUES
    (1, 1, '2024-05-01', 10.50), (2, 1, '2024-05-02', 20.00), (3, 2, '2024-05-03', 5.25),
    (4, 9, '2024-05-04', 100.00), (5, NULL, '2024-05-05', 0.10);
CREATE VIEW gold.orders_by_customer AS
    SELECT customer_id, sum(amount) AS amount FROM gold.orders GROUP BY customer_id;
CREATE TABLE gold."odd.name/with ""quotes""" ("ключ" INTEGER, "a.b" VARCHAR);
COMMENT ON TABLE gold.orders IS 'What was ordered';
COMMENT ON COLUMN gold.orders.amount IS 'In euro';
COMMENT ON VIEW gold.orders_by_customer IS 'Per customer';
'''
LEAKY_VIEW = "CREATE VIEW gold.leaky AS SELECT content FROM read_text('{canary}')"


def write_shop(path: Path, *, canary: Path | None = None) -> Path:
    """The shop in a file of its own; with `canary`, also a view gold.leaky that reads that file."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(SHOP)
        if canary is not None:
            connection.execute(LEAKY_VIEW.format(canary=canary))
    return path
