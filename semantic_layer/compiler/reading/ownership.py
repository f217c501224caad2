"""Whose a metric is that stands outside every model: the model's that owns its first input."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from semantic_layer.compiler.spec import InputKind, Metric, MetricInput, SemanticModel


def owner_in(
    metric: Metric, models: Sequence[SemanticModel], metrics: Iterable[Metric]
) -> str | None:
    """The owner as these models and metrics tell; None when it lies elsewhere or two claim it."""
    by_name = {other.name: other for other in metrics}
    seen: set[str] = set()
    current: Metric | None = metric
    while current is not None:
        given = first_input(current)
        if given is None or current.name in seen:
            return None
        seen.add(current.name)
        following = by_name.get(given.name) if given.kind is InputKind.METRIC else None
        if following is None or following is current:
            return _owner_of_measure(given.name, models)
        if following.aggregate is not None:
            return following.model
        current = following
    return None


def first_input(metric: Metric) -> MetricInput | None:
    """The input a metric's owner is found by."""
    conversion = metric.conversion
    candidates = (
        metric.measure,
        metric.numerator,
        metric.inputs[0] if metric.inputs else None,
        conversion.base if conversion else None,
    )
    return next((given for given in candidates if given is not None), None)


def _owner_of_measure(name: str, models: Sequence[SemanticModel]) -> str | None:
    owners = [m.name for m in models if any(measure.name == name for measure in m.measures)]
    return owners[0] if len(owners) == 1 else None
