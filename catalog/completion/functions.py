"""Functions worth suggesting, with what they are for. Those that read files or the network are left
out: the SQL guard refuses them.
"""

from __future__ import annotations

from typing import NamedTuple


class Function(NamedTuple):
    """A function's name, how it is called, and one line of what it does."""

    name: str
    signature: str
    description: str


def _read(text: str) -> tuple[Function, ...]:
    """One function a line: `signature | description`; a signature without arguments has no
    parentheses.
    """
    found = []
    for line in filter(None, (line.strip() for line in text.split("\n"))):
        signature, _, description = line.partition(" | ")
        found.append(Function(signature.partition("(")[0], signature, description))
    return tuple(found)


COMMON = _read("""
count(expr) | Number of rows, or of non-null values
sum(expr) | Sum of the values
avg(expr) | Average of the values
min(expr) | Smallest value
max(expr) | Largest value
median(expr) | Middle value
mode(expr) | Most frequent value
stddev(expr) | Sample standard deviation
stddev_pop(expr) | Population standard deviation
variance(expr) | Sample variance
corr(y, x) | Correlation coefficient
any_value(expr) | Some value of the group
first(expr) | First value of the group
last(expr) | Last value of the group
array_agg(expr) | The values as a list
string_agg(expr, separator) | The texts joined with a separator
approx_count_distinct(expr) | Approximate number of distinct values
bool_and(expr) | True when all values are
bool_or(expr) | True when any value is
row_number() | Number of the row in its window
rank() | Rank with gaps
dense_rank() | Rank without gaps
percent_rank() | Relative rank, 0 to 1
cume_dist() | Share of rows up to this one
ntile(n) | Number of the bucket of n
lag(expr, offset, default) | Value of an earlier row
lead(expr, offset, default) | Value of a later row
first_value(expr) | First value of the window
last_value(expr) | Last value of the window
nth_value(expr, n) | n-th value of the window
coalesce(a, b, ...) | First value that is not null
nullif(a, b) | Null when both are equal, else a
greatest(a, b, ...) | Largest of the arguments
least(a, b, ...) | Smallest of the arguments
if(condition, a, b) | a when the condition holds, else b
ifnull(a, b) | b when a is null, else a
abs(x) | Absolute value
round(x, digits) | Rounded number
floor(x) | Largest whole number not above
ceil(x) | Smallest whole number not below
sqrt(x) | Square root
power(x, y) | x to the power of y
exp(x) | e to the power of x
ln(x) | Natural logarithm
log10(x) | Logarithm to base 10
log2(x) | Logarithm to base 2
sign(x) | -1, 0 or 1
mod(x, y) | Remainder of a division
pi() | The number pi
radians(x) | Degrees as radians
degrees(x) | Radians as degrees
sin(x) | Sine
cos(x) | Cosine
tan(x) | Tangent
asin(x) | Inverse sine
acos(x) | Inverse cosine
atan(x) | Inverse tangent
atan2(y, x) | Angle of a point
lower(text) | Text in lower case
upper(text) | Text in upper case
length(text) | Number of characters
trim(text) | Text without spaces at both ends
ltrim(text) | Text without spaces at its start
rtrim(text) | Text without spaces at its end
replace(text, from, to) | Every occurrence replaced
substring(text, start, length) | Part of a text, from 1
left(text, n) | First n characters
right(text, n) | Last n characters
concat(a, b, ...) | Arguments joined as text
concat_ws(separator, a, b, ...) | Arguments joined with a separator
contains(text, part) | Whether the text holds the part
split_part(text, separator, n) | n-th part of a split text
lpad(text, n, fill) | Filled on the left to n characters
rpad(text, n, fill) | Filled on the right to n characters
repeat(text, n) | Text n times
reverse(text) | Text backwards
translate(text, from, to) | Characters replaced one by one
regexp_replace(text, pattern, to) | Matches of a pattern replaced
regexp_extract(text, pattern, group) | Part of a text that matches
ascii(text) | Code of the first character
chr(code) | Character of a code
md5(text) | MD5 hash in hexadecimal
hash(value) | Hash as a number
date_trunc(unit, time) | Time cut to its unit
date_part(unit, time) | Part of a time as a number
datediff(unit, start, end) | Boundaries of the unit between two times
year(time) | Year of a time
quarter(time) | Quarter of a time, 1 to 4
month(time) | Month of a time, 1 to 12
week(time) | ISO week of a time
day(time) | Day of the month
dayofweek(time) | Day of the week as a number
dayofyear(time) | Day of the year
hour(time) | Hour of a time
minute(time) | Minute of a time
second(time) | Second of a time
last_day(time) | Last day of the month
make_date(year, month, day) | Date of its parts
current_date | Today
current_timestamp | Now
now() | Now
""")

DUCKDB = _read("""
age(later, earlier) | Time between, as an interval
arg_max(expr, by) | Value where the other is largest
arg_min(expr, by) | Value where the other is smallest
count_if(condition) | Rows for which the condition holds
count_star() | Number of rows
favg(expr) | Average with compensated summation
fsum(expr) | Sum with compensated summation
histogram(expr) | Frequency of each value, as a map
kurtosis(expr) | Kurtosis
skewness(expr) | Skewness
entropy(expr) | Entropy in bits
product(expr) | Product of the values
list(expr) | The values as a list
quantile_cont(expr, q) | Quantile between values
quantile_disc(expr, q) | Quantile that is a value
approx_quantile(expr, q) | Approximate quantile
regr_slope(y, x) | Slope of the regression line
regr_intercept(y, x) | Intercept of the regression line
date_diff(unit, start, end) | Boundaries of the unit between two times
date_sub(unit, start, end) | Whole units between two times
date_add(time, interval) | Time plus an interval
dayname(time) | Name of the weekday
monthname(time) | Name of the month
epoch(time) | Seconds since 1970
epoch_ms(time) | Milliseconds since 1970
isodow(time) | Day of the week, Monday is 1
isoyear(time) | ISO year
make_timestamp(year, month, day, hour, minute, second) | Time of its parts
make_time(hour, minute, second) | Time of day of its parts
strftime(time, format) | Time as text
strptime(text, format) | Text as time
try_strptime(text, format) | Text as time, null where it is none
time_bucket(width, time) | Time cut to buckets of any width
to_timestamp(seconds) | Time of seconds since 1970
to_days(n) | Interval of n days
to_months(n) | Interval of n months
to_hours(n) | Interval of n hours
to_minutes(n) | Interval of n minutes
to_seconds(n) | Interval of n seconds
today() | Today
generate_series(start, stop, step) | Numbers or times, stop included
range(start, stop, step) | Numbers or times, stop excluded
unnest(list) | One row per element
list_contains(list, element) | Whether the list holds the element
list_filter(list, function) | Elements for which the function holds
list_transform(list, function) | The function of each element
list_aggregate(list, name) | An aggregate over a list
list_distinct(list) | Elements without repetition
list_sort(list) | Elements in order
list_sum(list) | Sum of the elements
list_value(a, b, ...) | A list of the arguments
len(value) | Length of a text or list
struct_pack(name := value) | A struct of the arguments
struct_extract(struct, name) | A field of a struct
map_keys(map) | Keys of a map
map_values(map) | Values of a map
element_at(map, key) | Value of a key
json_extract(json, path) | Part of a JSON value
json_extract_string(json, path) | Part of a JSON value, as text
json_array_length(json) | Elements of a JSON array
starts_with(text, part) | Whether the text begins so
ends_with(text, part) | Whether the text ends so
regexp_matches(text, pattern) | Whether a part matches
regexp_full_match(text, pattern) | Whether the whole text matches
regexp_extract_all(text, pattern) | All parts that match
regexp_split_to_array(text, pattern) | Parts between the matches
string_split(text, separator) | Parts of a text as a list
strip_accents(text) | Text without accents
format(format, a, b, ...) | Arguments put into a text
printf(format, a, b, ...) | Arguments put into a text, C style
levenshtein(a, b) | Edits between two texts
jaro_winkler_similarity(a, b) | Likeness of two texts, 0 to 1
jaccard(a, b) | Likeness of two texts by letters
position(part IN text) | Place of a part, 0 when absent
strpos(text, part) | Place of a part, 0 when absent
trunc(x) | Number without its fraction
fmod(x, y) | Remainder of a division
cbrt(x) | Cube root
gcd(x, y) | Greatest common divisor
lcm(x, y) | Least common multiple
factorial(n) | Factorial
isnan(x) | Whether it is not a number
isfinite(x) | Whether it is finite
isinf(x) | Whether it is infinite
typeof(expr) | Name of the type
sha256(text) | SHA-256 hash in hexadecimal
uuid() | A random UUID
random() | A random number from 0 to 1
bit_count(x) | Bits that are set
""")

DATABRICKS = _read("""
collect_list(expr) | The values as an array
collect_set(expr) | The distinct values as an array
count_if(condition) | Rows for which the condition holds
max_by(expr, by) | Value where the other is largest
min_by(expr, by) | Value where the other is smallest
percentile(expr, q) | Exact percentile
percentile_approx(expr, q, accuracy) | Approximate percentile
approx_percentile(expr, q, accuracy) | Approximate percentile
try_divide(a, b) | Division, null on zero
try_add(a, b) | Sum, null on overflow
try_subtract(a, b) | Difference, null on overflow
try_multiply(a, b) | Product, null on overflow
try_sum(expr) | Sum, null on overflow
try_avg(expr) | Average, null on overflow
try_to_timestamp(text, format) | Text as time, null where it is none
measure(expr) | Value of a metric view's measure
nvl(a, b) | b when a is null, else a
nvl2(a, b, c) | b when a is not null, else c
date_add(date, days) | Date plus days
date_sub(date, days) | Date minus days
dateadd(unit, n, time) | Time plus n units
date_diff(unit, start, end) | Units between two times
timestampdiff(unit, start, end) | Units between two times
timestampadd(unit, n, time) | Time plus n units
add_months(date, n) | Date plus n months
months_between(a, b) | Months between two times
next_day(date, weekday) | Next such weekday
trunc(date, unit) | Date cut to its unit
weekday(date) | Day of the week, Monday is 0
weekofyear(date) | ISO week
date_format(time, format) | Time as text
to_date(text, format) | Text as date
to_timestamp(text, format) | Text as time
from_unixtime(seconds, format) | Seconds since 1970 as text
unix_timestamp(time) | Seconds since 1970
from_utc_timestamp(time, zone) | UTC time in a zone
to_utc_timestamp(time, zone) | Time of a zone in UTC
convert_timezone(from, to, time) | Time in another zone
make_timestamp(year, month, day, hour, minute, second) | Time of its parts
window(time, width) | Time cut to windows
sequence(start, stop, step) | Numbers or times as an array, stop included
explode(array) | One row per element
posexplode(array) | One row per element with its place
inline(array) | One row per struct
array_contains(array, element) | Whether the array holds the element
array_distinct(array) | Elements without repetition
array_join(array, separator) | Elements as one text
array_size(array) | Number of elements
array_sort(array) | Elements in order
size(value) | Elements of an array or map
transform(array, function) | The function of each element
filter(array, function) | Elements for which the function holds
aggregate(array, start, merge) | Elements merged into one value
element_at(map, key) | Value of a key
map_keys(map) | Keys of a map
map_values(map) | Values of a map
named_struct(name, value, ...) | A struct of the arguments
get_json_object(json, path) | Part of a JSON text
from_json(json, schema) | JSON text as a value
to_json(value) | Value as JSON text
parse_json(json) | JSON text as VARIANT
variant_get(variant, path, type) | Part of a VARIANT
startswith(text, part) | Whether the text begins so
endswith(text, part) | Whether the text ends so
regexp_like(text, pattern) | Whether a part matches
regexp_count(text, pattern) | Number of matches
split(text, pattern) | Parts of a text as an array
initcap(text) | Words with a capital
instr(text, part) | Place of a part, 0 when absent
locate(part, text) | Place of a part, 0 when absent
format_number(x, digits) | Number as text
format_string(format, a, b, ...) | Arguments put into a text
levenshtein(a, b) | Edits between two texts
soundex(text) | Code of how a word sounds
bround(x, digits) | Number rounded half to even
pmod(x, y) | Remainder that is never negative
sha2(text, bits) | SHA-2 hash in hexadecimal
xxhash64(value) | Hash as a number
uuid() | A random UUID
rand() | A random number from 0 to 1
current_user() | Who runs the query
""")
