"""A bank: balances by day, a ledger with running balances, people, ids that look like numbers."""

from __future__ import annotations

from tests.catalog.analysis.labels import Truth, World, names

SQL = """
CREATE SCHEMA gold;
CREATE TABLE gold.branches AS
SELECT i AS id, 'Branch ' || i AS name, list_element(['Bern','Lyon','Graz'], 1 + i % 3) AS city
FROM range(1, 31) AS t(i);
CREATE TABLE gold.clients AS
SELECT 5000 + i AS client_id,
       list_element(['Ada Stone','Bo River','Cy Hill','Di Marsh'], 1 + i % 4) AS full_name,
       '+41 44 ' || (100 + i % 900) || ' ' || (10 + i % 90) || ' ' || (10 + i * 3 % 90) AS phone,
       i || ' Main Street' AS street_address,
       lpad(CAST(i % 1000 AS VARCHAR), 3, '0') || '-' || (10 + i % 90) || '-' || (1000 + i) AS ssn,
       1 + i % 30 AS branch_id, 300 + i * 13 % 550 AS credit_score,
       DATE '2015-01-01' + CAST(i % 3000 AS INTEGER) AS joined_on,
       CASE WHEN i % 5 = 0 THEN 'Y' ELSE 'N' END AS marketing_opt_in
FROM range(1, 1001) AS t(i);
CREATE TABLE gold.accounts AS
SELECT 'AC' || (700000 + i) AS account_id, 5000 + 1 + i * 7 % 1000 AS client_id,
       list_element(['checking','savings','brokerage'], 1 + i % 3) AS account_type,
       list_element(['CHF','EUR','USD'], 1 + i % 3) AS currency,
       DATE '2016-03-01' + CAST(i % 2500 AS INTEGER) AS opened_on,
       CASE WHEN i % 11 = 0 THEN DATE '2024-01-01' + CAST(i % 200 AS INTEGER) END AS closed_on,
       CAST((i % 7) / 200.0 AS DOUBLE) AS interest_rate,
       CAST(1000 + i % 9 * 500 AS DECIMAL(12, 2)) AS overdraft_limit,
       CASE WHEN i % 11 = 0 THEN 0 ELSE 1 END AS is_active
FROM range(1, 1501) AS t(i);
CREATE TABLE gold.daily_balances AS
SELECT 'AC' || (700000 + a) AS account_id, CAST(d AS DATE) AS balance_date,
       CAST(hash(a, d) % 90000 / 10.0 AS DECIMAL(14, 2)) AS closing_balance,
       CAST(hash(a) % 5000 / 10.0 AS DECIMAL(14, 2)) AS available_credit,
       CAST(hash(d, a) % 300 / 100.0 AS DECIMAL(14, 2)) AS interest_earned
FROM range(1, 61) AS t(a), range(DATE '2024-03-01', DATE '2024-05-01', INTERVAL 1 DAY) AS u(d);
CREATE TABLE gold.transactions AS
SELECT 90000000 + i * 17 AS transaction_id, 'AC' || (700000 + 1 + hash(i) % 1500) AS account_id,
       TIMESTAMP '2024-01-01 00:00:00' + INTERVAL (i * 61) SECOND AS posted_at,
       TIMESTAMP '2024-06-01 03:00:00' AS loaded_at,
       CAST(CAST(hash(i + 1) % 20000 AS INTEGER) - 8000 AS DECIMAL(12, 2)) AS amount,
       CAST(hash(i + 2) % 900000 / 10.0 AS DECIMAL(14, 2)) AS running_balance,
       CAST(hash(i + 3) % 5 AS DECIMAL(8, 2)) AS fee_eur,
       list_element(['card','transfer','cash','cheque'], 1 + CAST(hash(i + 4) % 4 AS INTEGER))
           AS transaction_type,
       CAST(4000 + hash(i + 5) % 40 AS INTEGER) AS merchant_category_code,
       list_element(['T','F'], 1 + CAST(hash(i + 6) % 2 AS INTEGER)) AS is_disputed
FROM range(1, 5001) AS t(i);
"""

BANK = World(
    "bank",
    SQL,
    (
        Truth("branches", key=("id",), labels=names("name city"), metrics=names("branches")),
        Truth(
            "clients",
            key=("client_id",),
            foreign={"branch_id": "branches.id"},
            time="joined_on",
            times=names("joined_on"),
            averages=names("credit_score"),
            flags=names("marketing_opt_in"),
            personal=names("full_name phone street_address ssn"),
            metrics=names("clients average_credit_score"),
        ),
        Truth(
            "accounts",
            key=("account_id",),
            foreign={"client_id": "clients.client_id"},
            time="opened_on",
            times=names("opened_on closed_on"),
            averages=names("interest_rate overdraft_limit"),
            flags=names("is_active"),
            labels=names("account_type currency"),
            metrics=names("accounts active_accounts active_rate"),
        ),
        Truth(
            "daily_balances",
            key=("account_id", "balance_date"),
            foreign={"account_id": "accounts.account_id"},
            time="balance_date",
            times=names("balance_date"),
            sums=names("interest_earned"),
            balances=names("closing_balance available_credit"),
            metrics=names("closing_balance interest_earned"),
        ),
        Truth(
            "transactions",
            key=("transaction_id",),
            foreign={"account_id": "accounts.account_id"},
            time="posted_at",
            times=names("posted_at loaded_at"),
            sums=names("amount fee_eur"),
            balances=names("running_balance"),
            flags=names("is_disputed"),
            labels=names("transaction_type merchant_category_code"),
            metrics=names("transactions transaction_amount running_balance disputed_rate"),
        ),
    ),
)
