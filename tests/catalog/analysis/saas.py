"""A software company: events, sessions, subscriptions, monthly states; uuids, epochs and JSON."""

from __future__ import annotations

from tests.catalog.analysis.labels import Truth, World, names

_UUID = (
    "md5(CAST({} AS VARCHAR))[1:8] || '-' || md5(CAST({} AS VARCHAR))[9:12] || '-' || "
    "md5(CAST({} AS VARCHAR))[13:16] || '-' || md5(CAST({} AS VARCHAR))[17:20] || '-' || "
    "md5(CAST({} AS VARCHAR))[21:32]"
)


def uuid(of: str) -> str:
    return _UUID.replace("{}", of)


SQL = f"""
CREATE SCHEMA gold;
CREATE TABLE gold.workspaces AS
SELECT {uuid("i")} AS id, 'Team ' || i AS name,
       list_element(['free','pro','enterprise'], 1 + i % 3) AS plan,
       1 + i % 200 AS seat_count, TIMESTAMP '2022-01-01' + INTERVAL (i * 7) HOUR AS created_at,
       list_element(['EU','US','APAC'], 1 + i % 3) AS region
FROM range(1, 301) AS t(i);
CREATE TABLE gold.users AS
SELECT {uuid("i + 10000")} AS user_id, {uuid("1 + i % 300")} AS workspace_id,
       'person' || i || '@corp.example' AS email, 'login' || i AS username,
       list_element(['admin','member','guest'], 1 + i % 3) AS role,
       TIMESTAMP '2022-02-01 10:30:00' + INTERVAL (i * 31) MINUTE AS signed_up_at,
       TIMESTAMP '2024-02-01 10:30:00' + INTERVAL (i * 17) MINUTE AS last_seen_at,
       '10.0.' || i % 250 || '.' || i * 7 % 250 AS ip_address, i % 4 = 0 AS is_deleted
FROM range(1, 2001) AS t(i);
CREATE TABLE gold.events AS
SELECT {uuid("i + 50000")} AS event_id, {uuid("10000 + 1 + i * 13 % 2000")} AS user_id,
       'S' || i // 9 AS session_id,
       TIMESTAMP '2024-01-01' + INTERVAL (i * 47) SECOND AS occurred_at,
       list_element(['login','view','click','export'], 1 + CAST(hash(i) % 4 AS INTEGER))
           AS event_name,
       list_element(['web','ios','android'], 1 + CAST(hash(i + 1) % 3 AS INTEGER)) AS platform,
       CAST(hash(i + 2) % 9000 AS INTEGER) AS duration_ms,
       CAST(hash(i + 3) % 400 / 10.0 AS DOUBLE) AS latency_ms,
       '{{"button": ' || i || '}}' AS properties,
       'v' || (1 + i % 5) || '.0' AS app_version
FROM range(1, 8001) AS t(i);
CREATE TABLE gold.subscriptions AS
SELECT i AS subscription_id, {uuid("1 + i % 300")} AS workspace_id,
       DATE '2022-01-01' + CAST(i * 3 % 800 AS INTEGER) AS start_date,
       CASE WHEN i % 3 = 0 THEN DATE '2024-05-01' + CAST(i % 90 AS INTEGER) END AS end_date,
       CAST(10 + i % 50 * 5 AS DECIMAL(10, 2)) AS monthly_price,
       list_element(['active','cancelled','trial'], 1 + i % 3) AS status,
       list_element(['monthly','yearly'], 1 + i % 2) AS billing_period
FROM range(1, 901) AS t(i);
CREATE TABLE gold.monthly_workspace_snapshot AS
SELECT CAST(m AS DATE) AS month, {uuid("w")} AS workspace_id,
       CAST(50 + hash(m, w) % 900 AS DECIMAL(10, 2)) AS mrr,
       CAST(1 + hash(w, m) % 150 AS INTEGER) AS active_users,
       CAST(hash(w + 1, m) % 10 AS INTEGER) AS new_users,
       CAST(hash(w + 2, m) % 100 / 100.0 AS DOUBLE) AS health_score
FROM range(DATE '2023-01-01', DATE '2024-07-01', INTERVAL 1 MONTH) AS a(m), range(1, 101) AS b(w);
CREATE TABLE gold.ad_spend AS
SELECT CAST(d AS DATE) AS date, c AS campaign, CAST(hash(d, c) % 9000 AS INTEGER) AS impressions,
       CAST(hash(c, d) % 300 AS INTEGER) AS clicks,
       CAST(hash(d, c, 1) % 20000 / 100.0 AS DOUBLE) AS spend_usd,
       CAST(hash(d, c, 2) % 20 AS INTEGER) AS signups
FROM range(DATE '2024-01-01', DATE '2024-04-01', INTERVAL 1 DAY) AS a(d),
     (VALUES ('brand'), ('search'), ('social')) AS b(c);
"""

SAAS = World(
    "saas",
    SQL,
    (
        Truth(
            "workspaces",
            key=("id",),
            time="created_at",
            times=names("created_at"),
            sums=names("seat_count"),
            labels=names("plan region name"),
            metrics=names("workspaces"),
        ),
        Truth(
            "users",
            key=("user_id",),
            foreign={"workspace_id": "workspaces.id"},
            time="signed_up_at",
            times=names("signed_up_at last_seen_at"),
            flags=names("is_deleted"),
            labels=names("role"),
            personal=names("email username ip_address"),
            metrics=names("users"),
        ),
        Truth(
            "events",
            key=("event_id",),
            foreign={"user_id": "users.user_id"},
            time="occurred_at",
            times=names("occurred_at"),
            sums=names("duration_ms"),
            averages=names("latency_ms"),
            labels=names("event_name platform app_version"),
            metrics=names("events unique_users average_event_duration average_latency"),
        ),
        Truth(
            "subscriptions",
            key=("subscription_id",),
            foreign={"workspace_id": "workspaces.id"},
            time="start_date",
            times=names("start_date end_date"),
            averages=names("monthly_price"),
            labels=names("status billing_period"),
            metrics=names("subscriptions average_monthly_price"),
        ),
        Truth(
            "monthly_workspace_snapshot",
            key=("month", "workspace_id"),
            foreign={"workspace_id": "workspaces.id"},
            time="month",
            times=names("month"),
            sums=names("new_users"),
            averages=names("health_score"),
            balances=names("mrr active_users"),
            metrics=names("mrr new_users average_health_score"),
        ),
        Truth(
            "ad_spend",
            key=("date", "campaign"),
            time="date",
            times=names("date"),
            sums=names("impressions clicks spend_usd signups"),
            labels=names("campaign"),
            metrics=names("impressions clicks spend click_through_rate cost_per_click"),
        ),
    ),
)
