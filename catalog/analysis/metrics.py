"""The metrics a person would want of a table: how many, how much, on average, which share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from catalog.analysis.conclusions import Conclusions
from catalog.analysis.naming import average_name, free_name, total_name
from catalog.analysis.suggestions import Suggestion
from catalog.analysis.words import plural_name, readable

_MOST_AVERAGES = 2
"""Averages of amounts: of the first ones; the rest can be asked of their measures."""

_SALES = frozenset({"revenue", "sales", "amount", "gmv", "subtotal", "gross", "total", "turnover"})
_RATIOS: tuple[tuple[str, frozenset[str], frozenset[str], str], ...] = (
    ("click_through_rate", frozenset({"clicks"}), frozenset({"impressions"}), "Clicks a view"),
    ("conversion_rate", frozenset({"conversions", "signups", "purchases"}),
     frozenset({"clicks", "visits", "sessions", "visitors"}), "Conversions of visits"),
    ("cost_per_click", frozenset({"cost", "spend"}), frozenset({"clicks"}), "Cost of one click"),
    ("profit_margin", frozenset({"profit", "margin"}), _SALES, "Profit as a share of sales"),
    ("discount_rate", frozenset({"discount"}), _SALES, "Discount as a share of sales"),
    ("refund_rate", frozenset({"refund", "refunded"}), _SALES, "Refunds as a share of sales"),
    ("cost_ratio", frozenset({"cost", "cogs"}), frozenset({"revenue", "sales"}), "Cost of sales"),
    ("average_selling_price", _SALES, frozenset({"quantity", "qty", "units"}), "Sales per unit"),
    ("return_rate", frozenset({"returns", "returned"}), frozenset({"quantity", "units", "sold"}),
     "Units that came back"),
    ("open_rate", frozenset({"opens"}), frozenset({"sent", "delivered"}), "Opens of messages sent"),
    ("load_factor", frozenset({"passengers"}), frozenset({"seats", "capacity"}), "Seats taken"),
    ("fill_rate", frozenset({"received", "shipped"}), frozenset({"ordered"}), "Ordered and sent"),
)  # fmt: skip
"""Name, words of the numerator, words of the denominator, what it is."""


@dataclass
class _Metrics:
    """The metrics so far; names are given once."""

    made: list[Suggestion] = field(default_factory=list)

    @property
    def names(self) -> set[str]:
        return {metric.name for metric in self.made}

    def add(
        self,
        name: str,
        key: str,
        kind: str,
        params: Mapping[str, Any],
        words: tuple[str, str],
        sure: tuple[float, Mapping[str, Any]],
    ) -> str:
        """Add one; `words` are its label and description, `sure` confidence and evidence."""
        free = free_name(name, self.names)
        definition = {
            "name": free,
            "type": kind,
            "label": words[0],
            "description": words[1],
            "type_params": dict(params),
        }
        confidence, evidence = sure
        self.made.append(Suggestion("metric", f"metric:{key}", definition, confidence, evidence))
        return free


def metrics(found: Conclusions, measures: Sequence[Suggestion]) -> list[Suggestion]:
    """Metrics over the suggested measures, the plain ones first."""
    made = _Metrics()
    rows = _count(made, found, measures[0])
    sums: dict[str, tuple[str, Suggestion]] = {}
    for measure in measures[1:]:
        _of_measure(made, found, measure, rows, sums)
    for name, kind, params, words, sure in _ratios(sums):
        made.add(name, f"ratio:{name}", kind, params, words, sure)
    return made.made


def _count(made: _Metrics, found: Conclusions, measure: Suggestion) -> str:
    many = plural_name(found.entity)
    words = (readable(many), f"Number of {readable(many).lower()}.")
    sure = (measure.confidence, measure.evidence)
    return made.add(many, "count", "simple", {"measure": measure.name}, words, sure)


def _of_measure(
    made: _Metrics,
    found: Conclusions,
    measure: Suggestion,
    rows: str,
    sums: dict[str, tuple[str, Suggestion]],
) -> None:
    nature, agg = measure.about.get("nature"), measure.definition["agg"]
    if nature == "flag":
        _of_flag(made, found, measure, rows)
    elif agg == "count_distinct":
        many = plural_name(str(measure.about["counts"]))
        _simple(made, f"unique_{many}", measure)
    elif agg == "sum":
        base = str(measure.about["base"])
        name = _simple(made, total_name(base) if nature == "duration" else base, measure)
        if nature != "balance":
            sums[str(measure.about["column"])] = (name, measure)
    elif agg == "average" and (nature != "amount" or _averages_of_amounts(made) < _MOST_AVERAGES):
        _simple(made, average_name(str(measure.about["base"])), measure)


def _averages_of_amounts(made: _Metrics) -> int:
    return sum(1 for metric in made.made if metric.key.startswith("metric:average:"))


def _simple(made: _Metrics, name: str, measure: Suggestion) -> str:
    definition = measure.definition
    agg = definition["agg"]
    key = f"{agg}:{measure.about['column']}"
    words = (str(definition["label"]), str(definition["description"]))
    sure = (measure.confidence, measure.evidence)
    return made.add(name, key, "simple", {"measure": measure.name}, words, sure)


def _of_flag(made: _Metrics, found: Conclusions, measure: Suggestion, rows: str) -> None:
    stem, many = str(measure.about["stem"]), plural_name(found.entity)
    name = _simple(made, f"{stem}_{many}", measure)
    params = {"numerator": name, "denominator": rows}
    told = readable(many).lower()
    words = (f"{readable(stem)} rate", f"Share of {told} that are {readable(stem).lower()}.")
    sure = (measure.confidence, measure.evidence)
    key = f"rate:{measure.about['column']}"
    made.add(f"{stem}_rate", key, "ratio", params, words, sure)


_Ratio = tuple[str, str, dict[str, Any], tuple[str, str], tuple[float, dict[str, Any]]]


def _ratios(sums: Mapping[str, tuple[str, Suggestion]]) -> Iterator[_Ratio]:
    """Quotients of two sums that have a name of their own."""
    for name, above, below, told in _RATIOS:
        numerator, denominator = _worded(sums, above), _worded(sums, below)
        if numerator is None or denominator is None or numerator == denominator:
            continue
        over, under = sums[numerator], sums[denominator]
        params = {"numerator": over[0], "denominator": under[0]}
        sure = min(over[1].confidence, under[1].confidence) - 0.1
        evidence = {"numerator": numerator, "denominator": denominator}
        yield name, "ratio", params, (readable(name), f"{told}."), (sure, evidence)


def _worded(sums: Mapping[str, tuple[str, Suggestion]], words: frozenset[str]) -> str | None:
    """The first summed column whose name ends in one of the words, else has one."""
    names = {column: str(measure.about["base"]).split("_") for column, (_, measure) in sums.items()}
    for column, parts in names.items():
        if parts[-1] in words:
            return column
    return next((column for column, parts in names.items() if words & set(parts)), None)
