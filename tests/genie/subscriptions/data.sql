-- A small streaming business: plans, customers, subscriptions, invoices, tickets, viewing. Made by
-- formulas, so that every machine has the same rows.
CREATE SCHEMA IF NOT EXISTS gold;
CREATE TABLE gold.plans AS SELECT * FROM (VALUES
  (1, 'Basic', 'monthly', 900), (2, 'Standard', 'monthly', 1500),
  (3, 'Premium', 'monthly', 2200), (4, 'Premium Annual', 'annual', 22000)
) AS t(plan_id, plan_name, billing_period, list_price_cents);
CREATE TABLE gold.customers AS SELECT
  i AS customer_id,
  (ARRAY['Germany', 'France', 'United Kingdom', 'Spain', 'Brazil', 'New Zealand'])[1 + (i * 7 + i // 4) % 6] AS country,
  (ARRAY['consumer', 'small business', 'enterprise'])[1 + (i * i + i // 3) % 3] AS segment,
  (ARRAY['organic', 'paid search', 'referral', 'social media'])[1 + (i * 3 + i // 7) % 4] AS acquisition_channel,
  DATE '2023-01-01' + CAST((i * 13) % 700 AS INTEGER) AS signed_up_on,
  (i % 5 = 0) AS is_trial
FROM range(1, 401) r(i);
CREATE TABLE gold.subscriptions AS SELECT
  i AS subscription_id, 1 + (i * 17) % 400 AS customer_id, 1 + (i * 5 + i // 9) % 4 AS plan_id,
  DATE '2023-01-05' + CAST((i * 11) % 720 AS INTEGER) AS started_on,
  CASE WHEN i % 4 = 0 THEN DATE '2023-01-05' + CAST((i * 11) % 720 + 40 + i % 60 AS INTEGER) END AS ended_on,
  (i % 4 = 0) AS is_churned
FROM range(1, 601) r(i);
CREATE TABLE gold.invoices AS SELECT
  i AS invoice_id, 1 + (i * 17) % 400 AS customer_id, 1 + (i * 7) % 600 AS subscription_id,
  DATE '2023-01-10' + CAST((i * 3) % 715 AS INTEGER) AS issued_on,
  900 + (i * 37) % 2100 AS amount_cents,
  CASE WHEN i % 12 = 0 THEN 400 ELSE 0 END AS refund_cents,
  (ARRAY['card', 'paypal', 'bank transfer'])[1 + (i + i // 4) % 3] AS payment_method,
  (ARRAY['paid', 'open', 'overdue'])[CASE WHEN i % 10 = 0 THEN 2 WHEN i % 17 = 0 THEN 3 ELSE 1 END] AS payment_status
FROM range(1, 3001) r(i);
CREATE TABLE gold.tickets AS SELECT
  i AS ticket_id, 1 + (i * 29) % 400 AS customer_id,
  DATE '2023-02-01' + CAST((i * 7) % 690 AS INTEGER) AS opened_on,
  (ARRAY['low', 'normal', 'urgent'])[1 + (i * 7 + i // 4) % 3] AS priority,
  (ARRAY['billing', 'playback', 'account'])[1 + (i + i // 5) % 3] AS topic,
  30 + (i * 53) % 600 AS resolution_minutes,
  1 + (i * 3) % 5 AS rating
FROM range(1, 501) r(i);
CREATE TABLE gold.viewing AS SELECT
  i AS view_id, 1 + (i * 31) % 400 AS customer_id,
  DATE '2023-03-01' + CAST((i * 5) % 660 AS INTEGER) AS watched_on,
  (ARRAY['drama', 'comedy', 'documentary', 'kids'])[1 + (i * 3 + i // 6) % 4] AS genre,
  (ARRAY['tv', 'phone', 'tablet', 'browser'])[1 + (i + i // 3) % 4] AS device,
  5 + (i * 19) % 120 AS minutes_watched
FROM range(1, 4001) r(i);
