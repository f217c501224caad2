-- A small hotel chain: bookings, guest reviews, hotels. 2024-11-01 to 2026-11-27; the same rows everywhere.
CREATE TEMP MACRO rnd(i, k, n) AS CAST(md5_number_lower(concat(i, ':', k)) % n AS INTEGER);
CREATE TEMP MACRO skew(i, k, n) AS least(rnd(i, k, n), rnd(i, k + 1000, n));
CREATE SCHEMA stays;
CREATE TABLE stays.hotels AS SELECT * FROM (VALUES
  (1, 'Grand Marina', 'Lisbon', 5, 120), (2, 'Alpine Lodge', 'Innsbruck', 4, 60), (3, 'Old Town Inn', 'Prague', 3, 45),
  (4, 'Airport Stop', 'Lisbon', 3, 150), (5, 'Lakeside Retreat', 'Como', 5, 38), (6, 'Canal House', 'Amsterdam', 4, 52)
) t(hotel_id, hotel_name, city, stars, rooms);
CREATE TABLE stays.bookings AS
SELECT i AS booking_id, DATE '2024-11-01' + CAST(i * 757 // 3000 AS INTEGER) AS booked_on,
  DATE '2024-11-01' + CAST(i * 757 // 3000 AS INTEGER) + rnd(i, 2, 60) AS check_in_on,
  1 + skew(i, 3, 6) AS hotel_id, 1 + rnd(i, 4, 900) AS guest_id,
  (['website', 'travel agent', 'phone', 'walk-in'])[1 + skew(i, 5, 4)] AS booking_channel,
  (['single', 'double', 'suite', 'family'])[1 + skew(i, 6, 4)] AS room_type,
  (['Portugal', 'Germany', 'United Kingdom', 'Italy', 'Netherlands'])[1 + skew(i, 7, 5)] AS guest_country,
  1 + rnd(i, 8, 9) AS nights, rnd(i, 9, 8) = 0 AS is_cancelled,
  CAST((1 + rnd(i, 8, 9)) * (60 + rnd(i, 10, 190)) AS DECIMAL(10, 2)) AS amount_eur
FROM generate_series(0, 2999) g(i);
CREATE TABLE stays.reviews AS
SELECT i AS review_id, DATE '2024-11-01' + CAST(i * 757 // 700 AS INTEGER) AS reviewed_on, 1 + rnd(i, 21, 6) AS hotel_id,
  1 + greatest(rnd(i, 22, 10), rnd(i, 23, 10)) AS score, (['couple', 'business', 'family trip', 'solo'])[1 + rnd(i, 24, 4)] AS traveller_type
FROM generate_series(0, 699) g(i);
