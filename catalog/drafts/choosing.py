"""Which suggestions go into a draft: the likely ones, or those that a person named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from catalog.analysis import LIKELY, Suggestion
from semantic_layer.errors import InvalidInput, did_you_mean

CUSTOMIZATIONS = ("selected_dimensions", "selected_measures", "selected_metrics")


@dataclass(frozen=True)
class Choice:
    """The parts of a model, in the order of their suggestions."""

    entities: tuple[Suggestion, ...]
    dimensions: tuple[Suggestion, ...]
    measures: tuple[Suggestion, ...]
    metrics: tuple[Suggestion, ...]

    @property
    def parts(self) -> tuple[Suggestion, ...]:
        return (*self.entities, *self.dimensions, *self.measures, *self.metrics)

    @property
    def confidence(self) -> float:
        given = [part.confidence for part in self.parts]
        return round(sum(given) / len(given), 3) if given else 0.0


@dataclass(frozen=True)
class Selection:
    """What a person wants of each kind, by name or key; None: what is likely."""

    dimensions: frozenset[str] | None = None
    measures: frozenset[str] | None = None
    metrics: frozenset[str] | None = None

    @classmethod
    def of(cls, customizations: dict[str, Any]) -> Selection:
        given = {
            key.removeprefix("selected_"): frozenset(customizations[key])
            for key in CUSTOMIZATIONS
            if customizations.get(key) is not None
        }
        return cls(**given)


@dataclass
class _Refusals:
    """Names that were asked for and are not there, by field."""

    found: dict[str, list[str]] = field(default_factory=dict)

    def check(self, kind: str, asked: frozenset[str] | None, known: Sequence[Suggestion]) -> None:
        names = {word for part in known for word in (part.name, part.key)}
        for name in sorted((asked or frozenset()) - names):
            near = did_you_mean(name, [part.name for part in known], count=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            self.found.setdefault(f"customizations.selected_{kind}", []).append(
                f"'{name}' is no suggested {kind.removesuffix('s')} of this table.{hint}"
            )


def choose(suggested: Choice, selection: Selection) -> Choice:
    """The parts to make a model of.

    Named metrics bring the measures and metrics that they need. Raises InvalidInput
    UNKNOWN_SELECTION for names that were not suggested, each with the nearest that was.
    """
    refusals = _Refusals()
    refusals.check("dimensions", selection.dimensions, suggested.dimensions)
    refusals.check("measures", selection.measures, suggested.measures)
    refusals.check("metrics", selection.metrics, suggested.metrics)
    if refusals.found:
        raise InvalidInput(
            "The customizations name what was not suggested: analyze the table again, or leave "
            "them out.",
            code="UNKNOWN_SELECTION",
            field_errors=refusals.found,
            errors=[
                {"path": path, "message": text}
                for path, texts in refusals.found.items()
                for text in texts
            ],
        )
    return _closed(suggested, selection)


def _closed(suggested: Choice, selection: Selection) -> Choice:
    """With everything that the chosen metrics are made of, and without metrics that would lack
    something."""
    named = _named(suggested.metrics, selection.metrics)
    if selection.metrics is not None:
        named = _with_inputs(named, suggested.metrics)
    needed = {measure for metric in named for measure in _measures_of(metric)}
    measures = [
        measure
        for measure in suggested.measures
        if _is_wanted(measure, selection.measures)
        or (selection.metrics is not None and measure.name in needed)
    ]
    kept = _complete(named, {measure.name for measure in measures})
    return replace(
        suggested,
        entities=tuple(part for part in suggested.entities if part.confidence >= LIKELY),
        dimensions=tuple(_named(suggested.dimensions, selection.dimensions)),
        measures=tuple(measures),
        metrics=tuple(kept),
    )


def _named(parts: Iterable[Suggestion], asked: frozenset[str] | None) -> list[Suggestion]:
    return [part for part in parts if _is_wanted(part, asked)]


def _is_wanted(part: Suggestion, asked: frozenset[str] | None) -> bool:
    if asked is None:
        return part.confidence >= LIKELY
    return part.name in asked or part.key in asked


def _with_inputs(chosen: list[Suggestion], known: Sequence[Suggestion]) -> list[Suggestion]:
    wanted = {metric.name for metric in chosen}
    by_name = {metric.name: metric for metric in known}
    waiting = list(wanted)
    while waiting:
        for name in _inputs_of(by_name[waiting.pop()]):
            if name in by_name and name not in wanted:
                wanted.add(name)
                waiting.append(name)
    return [metric for metric in known if metric.name in wanted]


def _complete(metrics: Sequence[Suggestion], measures: set[str]) -> list[Suggestion]:
    """Metrics whose measures and input metrics are all there."""
    kept: list[Suggestion] = []
    names: set[str] = set()
    for metric in metrics:  # inputs come before what is made of them
        if set(_measures_of(metric)) <= measures and set(_inputs_of(metric)) <= names:
            kept.append(metric)
            names.add(metric.name)
    return kept


def _measures_of(metric: Suggestion) -> list[str]:
    measure = metric.definition["type_params"].get("measure")
    return [measure] if isinstance(measure, str) else []


def _inputs_of(metric: Suggestion) -> list[str]:
    params = metric.definition["type_params"]
    found = [params.get("numerator"), params.get("denominator"), *params.get("metrics", ())]
    return [name for name in found if isinstance(name, str)]
