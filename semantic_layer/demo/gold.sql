-- Typed, named and commented tables over bronze, and views over those.
CREATE SCHEMA gold;

CREATE TABLE gold.airlines (carrier_code VARCHAR PRIMARY KEY, airline_name VARCHAR NOT NULL);
INSERT INTO gold.airlines SELECT carrier, name FROM bronze.airlines ORDER BY carrier;

CREATE TABLE gold.airports (
    airport_code VARCHAR PRIMARY KEY,
    airport_name VARCHAR NOT NULL,
    latitude DOUBLE,
    longitude DOUBLE,
    altitude_ft INTEGER,
    utc_offset_hours INTEGER,
    time_zone VARCHAR
);
INSERT INTO gold.airports
SELECT faa, name, lat, lon, alt, tz, tzone FROM bronze.airports ORDER BY faa;

CREATE TABLE gold.planes (
    tail_number VARCHAR PRIMARY KEY,
    year_built INTEGER,
    plane_type VARCHAR,
    manufacturer VARCHAR,
    model VARCHAR,
    engine_count INTEGER,
    engine_type VARCHAR,
    seats INTEGER
);
INSERT INTO gold.planes
SELECT tailnum, "year", type, manufacturer, model, engines, engine, seats
FROM bronze.planes ORDER BY tailnum;

CREATE TABLE gold.weather (
    weather_hour_id VARCHAR PRIMARY KEY,
    origin VARCHAR NOT NULL,
    observed_on DATE NOT NULL,
    observed_hour_utc TIMESTAMP NOT NULL,
    temperature_f DOUBLE,
    dew_point_f DOUBLE,
    humidity_percent DOUBLE,
    wind_direction_degrees INTEGER,
    wind_speed_mph DOUBLE,
    wind_gust_mph DOUBLE,
    precipitation_in DOUBLE,
    pressure_mb DOUBLE,
    visibility_mi DOUBLE,
    is_bad_weather BOOLEAN NOT NULL
);
INSERT INTO gold.weather
SELECT
    origin || strftime(time_hour, '-%Y%m%dT%H') AS weather_hour_id,
    origin,
    make_date("year", "month", "day") AS observed_on,
    time_hour,
    temp,
    dewp,
    humid,
    wind_dir,
    CASE WHEN wind_speed <= 150 THEN wind_speed END AS wind_speed_mph,
    wind_gust,
    precip,
    pressure,
    visib,
    coalesce(precip >= 0.1, FALSE) OR coalesce(visib < 3, FALSE) OR coalesce(wind_gust >= 40, FALSE)
FROM bronze.weather ORDER BY time_hour, origin;

CREATE TABLE gold.flights (
    flight_id INTEGER PRIMARY KEY,
    flight_date DATE NOT NULL,
    scheduled_departure_local TIMESTAMP NOT NULL,
    scheduled_departure_hour_utc TIMESTAMP NOT NULL,
    carrier_code VARCHAR NOT NULL,
    flight_number INTEGER NOT NULL,
    tail_number VARCHAR,
    origin VARCHAR NOT NULL,
    destination VARCHAR NOT NULL,
    weather_hour_id VARCHAR NOT NULL,
    departure_delay_min INTEGER,
    arrival_delay_min INTEGER,
    air_time_min INTEGER,
    distance_mi INTEGER NOT NULL,
    is_cancelled BOOLEAN NOT NULL,
    is_diverted BOOLEAN NOT NULL,
    is_on_time BOOLEAN NOT NULL
);
INSERT INTO gold.flights
SELECT
    row_number() OVER (ORDER BY time_hour, sched_dep_time, origin, carrier, flight, dest),
    make_date("year", "month", "day"),
    make_timestamp("year", "month", "day", "hour", "minute", 0),
    time_hour,
    carrier,
    flight,
    tailnum,
    origin,
    dest,
    origin || strftime(time_hour, '-%Y%m%dT%H'),
    dep_delay,
    arr_delay,
    air_time,
    distance,
    dep_time IS NULL,
    dep_time IS NOT NULL AND arr_delay IS NULL,
    coalesce(arr_delay < 15, FALSE)
FROM bronze.flights ORDER BY 1;

CREATE VIEW gold.flight_seats AS
SELECT
    f.flight_id, f.flight_date, f.carrier_code, f.tail_number, f.origin, f.destination,
    p.seats,
    p.seats * f.distance_mi AS seat_miles
FROM gold.flights AS f
JOIN gold.planes AS p ON p.tail_number = f.tail_number
WHERE NOT f.is_cancelled;

CREATE VIEW gold.flight_details AS
SELECT
    f.*,
    a.airline_name,
    o.airport_name AS origin_name,
    d.airport_name AS destination_name,
    w.is_bad_weather
FROM gold.flights AS f
LEFT JOIN gold.airlines AS a ON a.carrier_code = f.carrier_code
LEFT JOIN gold.airports AS o ON o.airport_code = f.origin
LEFT JOIN gold.airports AS d ON d.airport_code = f.destination
LEFT JOIN gold.weather AS w ON w.weather_hour_id = f.weather_hour_id;

CREATE VIEW gold.monthly_carrier_performance AS
SELECT
    date_trunc('month', flight_date) AS flight_month,
    carrier_code,
    airline_name,
    count(*) AS flights,
    count(*) FILTER (WHERE is_on_time) AS on_time_flights,
    count(*) FILTER (WHERE is_cancelled) AS cancelled_flights
FROM gold.flight_details
GROUP BY ALL;

COMMENT ON TABLE gold.airlines IS 'One row per airline.';
COMMENT ON COLUMN gold.airlines.carrier_code IS 'Two-letter carrier code.';
COMMENT ON COLUMN gold.airlines.airline_name IS 'Full name of the airline.';

COMMENT ON TABLE gold.airports IS 'One row per airport of the United States; four destinations in Puerto Rico and the Virgin Islands (BQN, PSE, SJU, STT) are missing at the source.';
COMMENT ON COLUMN gold.airports.airport_code IS 'FAA code of the airport.';
COMMENT ON COLUMN gold.airports.airport_name IS 'Usual name of the airport.';
COMMENT ON COLUMN gold.airports.latitude IS 'Degrees north.';
COMMENT ON COLUMN gold.airports.longitude IS 'Degrees east; negative is west.';
COMMENT ON COLUMN gold.airports.altitude_ft IS 'Altitude in feet.';
COMMENT ON COLUMN gold.airports.utc_offset_hours IS 'Hours from UTC in winter.';
COMMENT ON COLUMN gold.airports.time_zone IS 'IANA time zone; null where the source has none.';

COMMENT ON TABLE gold.planes IS 'One row per plane of the FAA registry that flew from New York in 2013; American Airlines (AA) and Envoy Air (MQ) report fleet numbers, so many of their planes are missing.';
COMMENT ON COLUMN gold.planes.tail_number IS 'Registration painted on the tail.';
COMMENT ON COLUMN gold.planes.year_built IS 'Year of manufacture.';
COMMENT ON COLUMN gold.planes.plane_type IS 'Fixed wing single engine, fixed wing multi engine or rotorcraft.';
COMMENT ON COLUMN gold.planes.manufacturer IS 'Manufacturer as registered.';
COMMENT ON COLUMN gold.planes.model IS 'Model as registered.';
COMMENT ON COLUMN gold.planes.engine_count IS 'Number of engines.';
COMMENT ON COLUMN gold.planes.engine_type IS 'Type of engine.';
COMMENT ON COLUMN gold.planes.seats IS 'Number of seats.';

COMMENT ON TABLE gold.weather IS 'One row per hour and origin airport (EWR, JFK, LGA).';
COMMENT ON COLUMN gold.weather.weather_hour_id IS 'Airport and UTC hour, like EWR-20130101T10.';
COMMENT ON COLUMN gold.weather.origin IS 'FAA code of the airport.';
COMMENT ON COLUMN gold.weather.observed_on IS 'Day of the observation in New York local time.';
COMMENT ON COLUMN gold.weather.observed_hour_utc IS 'Hour of the observation in UTC.';
COMMENT ON COLUMN gold.weather.temperature_f IS 'Temperature in degrees Fahrenheit.';
COMMENT ON COLUMN gold.weather.dew_point_f IS 'Dew point in degrees Fahrenheit.';
COMMENT ON COLUMN gold.weather.humidity_percent IS 'Relative humidity in percent.';
COMMENT ON COLUMN gold.weather.wind_direction_degrees IS 'Direction the wind comes from, in degrees.';
COMMENT ON COLUMN gold.weather.wind_speed_mph IS 'Wind speed in miles per hour; null for the sensor error above 150 (one of 1,048 mph at the source).';
COMMENT ON COLUMN gold.weather.wind_gust_mph IS 'Gust speed in miles per hour; null where no gust was reported.';
COMMENT ON COLUMN gold.weather.precipitation_in IS 'Precipitation of the hour in inches.';
COMMENT ON COLUMN gold.weather.pressure_mb IS 'Sea level pressure in millibars.';
COMMENT ON COLUMN gold.weather.visibility_mi IS 'Visibility in miles, at most 10.';
COMMENT ON COLUMN gold.weather.is_bad_weather IS 'At least 0.1 inch of precipitation, visibility below 3 miles, or gusts of 40 mph and more.';

COMMENT ON TABLE gold.flights IS 'One row per flight scheduled from a New York airport (EWR, JFK, LGA) in 2013.';
COMMENT ON COLUMN gold.flights.flight_id IS 'Number of the flight, in order of scheduled departure.';
COMMENT ON COLUMN gold.flights.flight_date IS 'Day of the scheduled departure in New York local time.';
COMMENT ON COLUMN gold.flights.scheduled_departure_local IS 'Scheduled departure, New York wall clock.';
COMMENT ON COLUMN gold.flights.scheduled_departure_hour_utc IS 'Hour of the scheduled departure in UTC.';
COMMENT ON COLUMN gold.flights.carrier_code IS 'Code of the airline; see gold.airlines.';
COMMENT ON COLUMN gold.flights.flight_number IS 'Number the airline gives the flight.';
COMMENT ON COLUMN gold.flights.tail_number IS 'Plane, see gold.planes; null for some cancelled flights.';
COMMENT ON COLUMN gold.flights.origin IS 'FAA code of the airport of departure.';
COMMENT ON COLUMN gold.flights.destination IS 'FAA code of the airport of destination.';
COMMENT ON COLUMN gold.flights.weather_hour_id IS 'Weather at the origin in the hour of the scheduled departure; see gold.weather.';
COMMENT ON COLUMN gold.flights.departure_delay_min IS 'Minutes after the scheduled departure; negative is early, null is cancelled.';
COMMENT ON COLUMN gold.flights.arrival_delay_min IS 'Minutes after the scheduled arrival; negative is early, null is cancelled or diverted.';
COMMENT ON COLUMN gold.flights.air_time_min IS 'Minutes in the air; null is cancelled or diverted.';
COMMENT ON COLUMN gold.flights.distance_mi IS 'Miles between origin and destination.';
COMMENT ON COLUMN gold.flights.is_cancelled IS 'The flight never departed.';
COMMENT ON COLUMN gold.flights.is_diverted IS 'The flight departed and has no arrival delay: it was diverted, or its arrival was not recorded.';
COMMENT ON COLUMN gold.flights.is_on_time IS 'Arrived less than 15 minutes late (US DOT); false for cancelled and diverted flights.';

COMMENT ON VIEW gold.flight_seats IS 'One row per departed flight whose plane is in the registry, with the seats it had.';
COMMENT ON COLUMN gold.flight_seats.seats IS 'Seats of the plane that flew.';
COMMENT ON COLUMN gold.flight_seats.seat_miles IS 'Seats times miles.';
COMMENT ON VIEW gold.flight_details IS 'Flights with the names of airline and airports and the weather at departure.';
COMMENT ON VIEW gold.monthly_carrier_performance IS 'Flights, on-time and cancelled flights per airline and month.';
