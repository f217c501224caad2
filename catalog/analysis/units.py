"""Units of numbers, from names and comments: currencies, lengths, times, shares."""

from __future__ import annotations

import re

from catalog.analysis.profile import Column

_WORDS = {
    "usd": "USD", "eur": "EUR", "gbp": "GBP", "chf": "CHF", "jpy": "JPY", "sek": "SEK",
    "nok": "NOK", "dkk": "DKK", "cad": "CAD", "aud": "AUD", "inr": "INR", "cents": "cents",
    "dollars": "USD", "euros": "EUR", "pounds": "GBP",
    "percent": "percent", "pct": "percent", "percentage": "percent", "perc": "percent",
    "bps": "basis points",
    "ms": "milliseconds", "millis": "milliseconds", "msec": "milliseconds",
    "milliseconds": "milliseconds", "sec": "seconds", "secs": "seconds", "seconds": "seconds",
    "min": "minutes", "mins": "minutes", "minutes": "minutes", "hrs": "hours", "hours": "hours",
    "days": "days", "weeks": "weeks", "months": "months", "years": "years",
    "mi": "miles", "miles": "miles", "km": "kilometres", "kms": "kilometres", "meters": "metres",
    "metres": "metres", "cm": "centimetres", "mm": "millimetres", "ft": "feet", "feet": "feet",
    "inches": "inches", "inch": "inches", "yards": "yards",
    "kg": "kilograms", "kgs": "kilograms", "kilos": "kilograms", "lb": "pounds", "lbs": "pounds",
    "grams": "grams", "tons": "tons", "tonnes": "tonnes", "oz": "ounces",
    "mph": "miles per hour", "kmh": "kilometres per hour", "kph": "kilometres per hour",
    "knots": "knots", "celsius": "degrees Celsius", "fahrenheit": "degrees Fahrenheit",
    "degrees": "degrees", "kwh": "kilowatt-hours", "mwh": "megawatt-hours", "kw": "kilowatts",
    "mb": "megabytes", "gb": "gigabytes", "kb": "kilobytes", "bytes": "bytes", "tb": "terabytes",
    "hz": "hertz", "khz": "kilohertz", "mhz": "megahertz", "volts": "volts", "amps": "amperes",
    "dbm": "dBm", "db": "decibels", "ppm": "parts per million", "ppb": "parts per billion",
    "rpm": "turns per minute", "psi": "pounds per square inch", "hpa": "hectopascals",
    "mbar": "millibars", "kelvin": "kelvins", "watts": "watts", "gallons": "gallons",
    "liters": "litres", "litres": "litres", "ml": "millilitres", "sqft": "square feet",
    "sqm": "square metres",
}  # fmt: skip
MONEY = frozenset(
    ["USD", "EUR", "GBP", "CHF", "JPY", "SEK", "NOK", "DKK", "CAD", "AUD", "INR", "cents"]
)
INTENSIVE = frozenset({
    "hertz", "kilohertz", "megahertz", "volts", "amperes", "dBm", "decibels", "parts per million",
    "parts per billion", "turns per minute", "pounds per square inch", "hectopascals", "millibars",
    "kelvins", "degrees Celsius", "degrees Fahrenheit", "miles per hour", "kilometres per hour",
    "knots", "watts", "kilowatts",
})  # fmt: skip
"""Units of what is read off at one place and moment: two of them make no double."""
EXTENSIVE = frozenset({
    "litres", "millilitres", "gallons", "kilowatt-hours", "megawatt-hours", "bytes", "kilobytes",
    "megabytes", "gigabytes", "terabytes", "kilograms", "tons", "tonnes", "miles", "kilometres",
})  # fmt: skip
"""Units of what can be put together."""
_LAST_ONLY = {
    "s": "seconds", "h": "hours", "m": "metres", "f": "degrees Fahrenheit",
    "c": "degrees Celsius", "in": "inches", "g": "grams", "l": "litres", "d": "days",
}  # fmt: skip
"""Short units, which mean something at the end of a name of several words only."""
_COMMENT = re.compile(
    r"\b(?:in|measured in|unit:?|units:?|expressed in)\s+"
    r"(US dollars|dollars|euros?|EUR|USD|GBP|cents|percent|%|milliseconds|seconds|minutes|hours|"
    r"days|miles per hour|miles|kilomet(?:er|re)s|met(?:er|re)s|feet|inches|kilograms|kg|grams|"
    r"pounds|tons|degrees(?: (?:Celsius|Fahrenheit))?|millibars|bytes|megabytes|gigabytes|kWh)\b",
    re.IGNORECASE,
)
_SAID = {
    "us dollars": "USD", "dollars": "USD", "euro": "EUR", "euros": "EUR", "kg": "kilograms",
    "%": "percent", "eur": "EUR", "usd": "USD", "gbp": "GBP", "kwh": "kilowatt-hours",
    "kilometers": "kilometres", "meters": "metres",
}  # fmt: skip


def unit_of(column: Column) -> str | None:
    """The unit of a number as its comment or its name says; None where neither does."""
    said = _COMMENT.search(column.comment)
    if said:
        text = said.group(1)
        return _SAID.get(text.lower(), text)
    words = column.words
    if len(words) > 1 and words[-1] in _LAST_ONLY:
        return _LAST_ONLY[words[-1]]
    if words[-1:] == ("mb",) and "pressure" in words:
        return "millibars"
    if words[:1] == ("min",) or (len(words) > 1 and words[0] in ("max", "avg")):
        words = words[1:]
    return next((_WORDS[word] for word in reversed(words) if word in _WORDS), None)


def is_unit(word: str) -> bool:
    """Whether the word is the name of a unit."""
    return word in _WORDS


def without_unit(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a name but those that only tell its unit: `distance_mi` -> `distance`."""
    kept = list(words)
    while len(kept) > 1 and (kept[-1] in _WORDS or kept[-1] in _LAST_ONLY):
        kept.pop()
    return tuple(kept)
