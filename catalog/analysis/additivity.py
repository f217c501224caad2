"""What a number is, and so what may be done with it: added up, averaged, read at a point in time,
or none of these, because it is a label made of digits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import Any

from catalog.analysis.keys import CODE_WORDS, NUMBER_WORDS, is_key_name
from catalog.analysis.profile import Column, Family, Table
from catalog.analysis.units import EXTENSIVE, INTENSIVE, MONEY, is_unit, unit_of, without_unit
from catalog.analysis.words import abbreviates, listed, singular


class Nature(StrEnum):
    """Kinds of numbers. The first three may be added up; the balance only within one moment."""

    AMOUNT = "amount"
    COUNT = "count"
    DURATION = "duration"
    BALANCE = "balance"
    PRICE = "price"
    RATE = "rate"
    LEVEL = "level"
    LABEL = "label"
    ANGLE = "angle"


ADDITIVE = frozenset({Nature.AMOUNT, Nature.COUNT, Nature.DURATION})
AVERAGED = frozenset({Nature.PRICE, Nature.RATE, Nature.LEVEL})


@dataclass(frozen=True)
class Number:
    """What the numbers of a column are, how sure that is, and why."""

    column: str
    nature: Nature
    confidence: float
    evidence: dict[str, Any]


_RATES = listed(
    "rate ratio pct percent percentage perc share probability prob yield utilization "
    "utilisation occupancy apr apy ctr cvr multiplier factor frac fraction roi bps propensity "
    "likelihood confidence weighting util"
)
_LEVELS = listed(
    "temperature temp humidity pressure speed velocity altitude elevation age height bmi dew "
    "gust visibility voltage ph latency depth score rating stars grade gpa nps csat index avg "
    "average mean median std stddev tenure size density level fico severity heartrate bpm "
    "glucose concentration limit salary wage max intensity min p95 p50 p99 target threshold "
    "tmp vis alt rh noise satisfaction efficiency income percentile quantile quartile decile marks "
    "pulse systolic diastolic saturation cholesterol hemoglobin rssi snr dbm decibels frequency "
    "amperage wattage torque rpm cadence salinity turbidity hardness acidity gradient slope "
    "brightness lux oktas cloudiness aqi ppm ppb term tenor maturity"
)
_PRICES = frozenset({"price", "msrp", "rrp", "tariff", "nav"})
_BALANCES = listed(
    "balance bal stock inventory outstanding headcount backlog holdings holding aum mrr arr "
    "cumulative running ytd mtd cum equity onhand exposure arrears float position subscribers "
    "seats_used overdue"
)
_AMOUNTS = listed(
    "amount amt revenue sales total cost costs fee fees tax taxes discount profit payment "
    "paid value spend spent charge charges refund expense net gross subtotal freight "
    "commission tip tips fare gmv volume principal interest premium deposit withdrawal debit "
    "credit budget earnings turnover vat surcharge toll tolls bonus margin proceeds payout "
    "billing billed claim loss losses usage weight distance precipitation precip rain "
    "rainfall snow energy consumption emissions bytes kwh miles mileage donation loan money"
)
_COUNTS = listed(
    "quantity qty count cnt units items clicks impressions views visits sessions orders seats "
    "passengers pieces installs downloads shares likes comments returns errors calls messages "
    "conversions hits pages tickets events users customers flights trips sold received "
    "attempts votes points goals students employees beds rooms nights guests reviews credits "
    "steps cases deaths opens signups leads retries pageviews engines copies parts logins "
    "minutes_used purchases plays transactions accounts products shipments claims deliveries "
    "searches"
)
_DURATIONS = listed(
    "duration delay elapsed seconds minutes hours wait runtime uptime downtime airtime ms "
    "secs mins hrs days time sec lag overtime"
)
_LABELS = listed(
    "zip zipcode postcode postal phone year month day week quarter hour minute weekday dow "
    "doy version upc fips npi pin serial seq sequence rank line latitude longitude lat lng lon "
    "epoch status class category priority gender type group segment cluster bucket tier zone "
    "region district ward floor gate terminal batch block naics sic cohort channel extension "
    "row ordinal sort tz offset yyyymm yearmonth fiscal season round vintage lot aisle pclass bib "
    "jersey locker"
)
_GRADES = frozenset({"level", "grade", "severity", "stage"})
_ANGLES = frozenset({"direction", "bearing", "heading", "angle", "azimuth"})
_WINDS = frozenset({"dir", "deg"})
_BODIES = listed(
    "patient athlete player person people member infant baby newborn animal pet vital body bmi "
    "pulse heart systolic height swimmer runner employee student"
)
"""Words of a table or its columns that say its rows are about bodies, whose weight is a level."""
_OF_BODIES = frozenset({"weight", "mass"})
_READ_OFF = frozenset({"odometer", "mileage"})
_ELAPSED = ({"past", "due"}, {"since"}, {"until"}, {"remaining"}, {"old"}, {"lead"})
_FLOWS = listed(
    "sold received sales revenue new churned deposits withdrawals deposit withdrawal inflow "
    "outflow added removed shipped produced change delta movement returns purchases "
    "transactions cost spend clicks fee fees interest orders consumption precipitation rain "
    "credits debits"
)
_SNAPSHOTS = listed(
    "occupancy census snapshot snapshots balance balances stock inventory position positions "
    "holding holdings eod headcount levels subscriptions status portfolio"
)
_HELD = listed(
    "quantity qty units amount value seats users items accounts capacity customers employees "
    "available reserved hand active open total count volume licenses beds rooms"
)
_AT_THE_MOMENT = listed(
    "active occupied open available enrolled remaining current unpaid pending employed registered"
)
_PER_ONE = (("unit", "cost"), ("cost", "unit"), ("unit", "price"), ("hourly", "rate"))
_FEW = 12


def number_of(table: Table, column: Column, *, is_snapshot: bool) -> Number:
    """What the numbers of a numeric column are.

    `is_snapshot` says that a row is the state of something at a moment: then what is held, such as
    a quantity, is a balance too.
    """
    evidence: dict[str, Any] = {
        **column.measured,
        "minimum": column.minimum,
        "maximum": column.maximum,
        "average": column.average,
        "negative": column.counts.get("is_negative", 0),
    }
    unitless = replace(column, words=without_unit(column.words))
    unit = unit_of(column)
    if unit == "percent":
        why = "measured in percent"
        return Number(column.name, Nature.RATE, 0.92, {**evidence, "because": why})
    measured = partial(_measured, unit)
    for rule in (_label, _snapshot, _named, measured, _held_now, _worded):
        found = rule(table, unitless, is_snapshot)
        if found is not None:
            nature, confidence, why = found
            return Number(column.name, nature, confidence, {**evidence, "because": why})
    return _by_values(column, unit, evidence)


_Found = tuple[Nature, float, str] | None


def _label(table: Table, column: Column, is_snapshot: bool) -> _Found:
    """Digits that name something."""
    words, last = set(column.words), column.last_word
    if words & _ANGLES or (words & _WINDS and _is_compass(column)):
        return Nature.ANGLE, 0.9, "a direction: neither its sum nor its average means anything"
    if is_key_name(column):
        return Nature.LABEL, 0.95, "named as an identifier"
    if last in CODE_WORDS | NUMBER_WORDS and column.family is Family.INTEGER:
        return Nature.LABEL, 0.9, "named as a code or number of something"
    if _counts_by_its_beginning(column):
        return None
    if last in _LABELS or (column.words[:1] == ("year",) and _is_year(column)):
        return Nature.LABEL, 0.9, f"'{last}' names, it does not measure"
    if column.family is Family.INTEGER and _is_year(column) and "year" in words:
        return Nature.LABEL, 0.9, "years between 1800 and 2200"
    if last in _GRADES and column.family is Family.INTEGER and column.distinct <= _FEW:
        return Nature.LABEL, 0.75, "a few grades"
    if words & {"latitude", "longitude", "zip", "zipcode", "postcode", "postal"}:
        return Nature.LABEL, 0.9, "a place"
    return None


def _counts_by_its_beginning(column: Column) -> bool:
    return column.words[:1] in (("num",), ("number",), ("n",), ("nb",), ("no",), ("total",)) and (
        len(column.words) > 1
    )


def _is_compass(column: Column) -> bool:
    low, high = column.minimum, column.maximum
    return (
        isinstance(low, int | float) and isinstance(high, int | float) and 0 <= low <= high <= 360
    )


def _is_year(column: Column) -> bool:
    low, high = column.minimum, column.maximum
    return (
        isinstance(low, int | float)
        and isinstance(high, int | float)
        and (1800 <= low <= high <= 2200)
    )


def _snapshot(table: Table, column: Column, is_snapshot: bool) -> _Found:
    """What is held at a moment, and not what moved since the last one."""
    words = set(column.words)
    dated = bool(words & {"date", "days", "time", "rate", "ratio", "pct", "percent", "avg"})
    if dated or words & _FLOWS or words & _PRICES:
        return None
    if words & _READ_OFF and not words & {"avg", "average", "per"}:
        return Nature.BALANCE, 0.75, "read off something that counts on"
    if words & _BALANCES or {"on", "hand"} <= words:
        return Nature.BALANCE, 0.92 if is_snapshot else 0.85, "named as a balance or stock"
    if is_snapshot and len(words) > 1 and words & _AT_THE_MOMENT:
        return Nature.BALANCE, 0.75, "what is so at the moment"
    if is_snapshot and set(table.words) & _SNAPSHOTS and words & _HELD:
        return Nature.BALANCE, 0.8, "what a snapshot says is held"
    return None


def _named(table: Table, column: Column, is_snapshot: bool) -> _Found:
    """What telling words of the name say."""
    words = set(column.words)
    if _counts_by_its_beginning(column) and not words & (_RATES | _PRICES | _AMOUNTS - {"total"}):
        return Nature.COUNT, 0.92, "named as a count"
    if words & _RATES or {"per"} & words:
        return Nature.RATE, 0.92, "named as a rate or share"
    if words & {"margin", "discount", "tax", "interest"} and _is_share(column):
        return Nature.RATE, 0.8, "between 0 and 1 in every row"
    if any(set(pair) <= words for pair in _PER_ONE) or (words & _PRICES and not _is_total(words)):
        return Nature.PRICE, 0.92, "the price of one"
    if words & _AVERAGED_FIRST:
        return Nature.LEVEL, 0.9, "an average already, or a level"
    if words & _DURATIONS and any(one <= words for one in _ELAPSED):
        return Nature.LEVEL, 0.85, "the time since or until something, as of now"
    if words & _OF_BODIES and "total" not in words and _is_about_bodies(table):
        return Nature.LEVEL, 0.8, "of a body: its average means something, its sum does not"
    return None


def _measured(unit: str | None, table: Table, column: Column, is_snapshot: bool) -> _Found:
    """What its unit says: what is felt at a point does not add up, what is filled up does."""
    if unit in INTENSIVE:
        return Nature.LEVEL, 0.85, f"measured in {unit}"
    if unit in EXTENSIVE and len(column.words) == 1 and is_unit(column.last_word):
        return Nature.AMOUNT, 0.75, f"measured in {unit}, and named after it"
    return None


_SAYS_LITTLE = frozenset({"value", "reading", "result", "measurement"})
_OF_THE_MOMENT = frozenset({"free", "available", "idle", "queued", "concurrent", "open"})


def _held_now(table: Table, column: Column, is_snapshot: bool) -> _Found:
    """What is so at the moment of the row; what is read again later is not another of it."""
    words = set(column.words)
    if len(words) > 1 and column.words[0] in _OF_THE_MOMENT | {"mem", "memory", "disk"}:
        return Nature.LEVEL, 0.7, "what is so at the moment"
    if column.last_word in _SAYS_LITTLE and words & (_LEVELS - {"max", "min", "index"}):
        return Nature.LEVEL, 0.8, "the value of a level"
    return None


def _is_about_bodies(table: Table) -> bool:
    said = {singular(word) for word in table.words}
    said |= {singular(word) for column in table.columns for word in column.words}
    return bool(said & _BODIES)


def _worded(table: Table, column: Column, is_snapshot: bool) -> _Found:
    """What its last word says, else any of them, else that it is a plural."""
    words, last = set(column.words), column.last_word
    for known, nature in _LAST_WORDS:
        if last in known:
            return nature, 0.9, f"'{last}' is {_ARTICLES[nature]}"
    for known, nature in _ANY_WORDS:
        hits = sorted(words & known)
        if hits:
            return nature, 0.8, f"'{hits[0]}' is {_ARTICLES[nature]}"
    short = next((word for word in column.words if _is_physical(word)), None)
    if short is not None:
        return Nature.LEVEL, 0.7, f"'{short}' is short for something physical"
    if column.family is Family.INTEGER and singular(last) != last:
        return Nature.COUNT, 0.7, f"'{last}' are counted, as the plural says"
    return None


_PHYSICAL = listed(
    "temperature humidity dewpoint pressure barometer barometric velocity altitude elevation "
    "visibility concentration turbidity luminosity brightness"
)


def _is_physical(word: str) -> bool:
    return len(word) >= 4 and any(abbreviates(word, known) for known in _PHYSICAL)


_LAST_WORDS = (
    (_DURATIONS, Nature.DURATION),
    (_LEVELS, Nature.LEVEL),
    (_COUNTS, Nature.COUNT),
    (_AMOUNTS | _PRICES, Nature.AMOUNT),
)
_ANY_WORDS = (
    (_LEVELS - {"max", "min", "index"}, Nature.LEVEL),
    (_DURATIONS - {"time", "days"}, Nature.DURATION),
    (_AMOUNTS | _PRICES, Nature.AMOUNT),
    (_COUNTS, Nature.COUNT),
    (frozenset({"time", "days"}), Nature.DURATION),
)
_AVERAGED_FIRST = frozenset({"avg", "average", "mean", "median", "temperature", "temp", "std"})
_ARTICLES = {
    Nature.DURATION: "a duration",
    Nature.LEVEL: "a level",
    Nature.COUNT: "a count",
    Nature.AMOUNT: "an amount",
}


def _is_total(words: set[str]) -> bool:
    return bool(words & {"total", "extended", "ext", "sum", "line", "amount", "full"})


def _is_share(column: Column) -> bool:
    low, high = column.minimum, column.maximum
    if not isinstance(low, int | float) or not isinstance(high, int | float):
        return False
    return column.family is Family.DECIMAL and low >= 0 and high <= 1


def _level_by_values(column: Column) -> str | None:
    """Why the values look like those of something that is read off, such as a temperature."""
    low, average, deviation = column.minimum, column.average, column.deviation
    if not isinstance(low, int | float) or not average or deviation is None:
        return None
    if column.distinct <= _FEW or column.is_unique:
        return None
    below = column.share("is_negative")
    if column.family is Family.DECIMAL and _FEW_BELOW <= below <= 1 - _FEW_BELOW:
        return "above and below zero; the name says nothing"
    if low > _FAR_FROM_ZERO * average and deviation < _CLOSE * average:
        return "all near their average and none near zero; the name says nothing"
    return None


_FEW_BELOW = 0.02
_FAR_FROM_ZERO, _CLOSE = 0.1, 0.45
"""Amounts begin near zero and spread widely; even of those that are spread evenly, the deviation is
more than half of the average."""


def _by_values(column: Column, unit: str | None, evidence: dict[str, Any]) -> Number:
    """Where the name says nothing, what the values look like. An average of what could have been
    added up is a right number too; a sum of what could not is none: in doubt it is averaged."""
    if unit in MONEY:
        return Number(column.name, Nature.AMOUNT, 0.7, {**evidence, "because": f"in {unit}"})
    why_level = _level_by_values(column)
    if why_level is not None:
        said = {**evidence, "deviation": column.deviation, "because": why_level}
        return Number(column.name, Nature.LEVEL, 0.55, said)
    if column.family is Family.DECIMAL:
        if _is_share(column) and column.distinct > 2:
            why = "between 0 and 1 in every row; the name says nothing"
            return Number(column.name, Nature.RATE, 0.55, {**evidence, "because": why})
        why = "numbers with decimals; the name says nothing"
        return Number(column.name, Nature.AMOUNT, 0.5, {**evidence, "because": why})
    if unit is not None:
        evidence = {**evidence, "because": f"measured in {unit}"}
        return Number(column.name, Nature.AMOUNT, 0.6, evidence)
    if column.distinct <= _FEW or column.is_unique:
        why = "few values that many rows share" if column.distinct <= _FEW else "one value a row"
        return Number(column.name, Nature.LABEL, 0.6, {**evidence, "because": why})
    why = "whole numbers; the name says nothing"
    return Number(column.name, Nature.AMOUNT, 0.45, {**evidence, "because": why})
