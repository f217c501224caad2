"""A registry of 1,000 models with 10,000 metrics, with names as people give them.

Models of one field of business join: each has a primary entity that the others of its field point
to. The same size gives the same registry, byte for byte.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import yaml

FIELDS = (
    *("sales", "marketing", "finance", "logistics", "support", "product", "people", "risk"),
    *("payments", "inventory", "pricing", "procurement", "manufacturing", "security", "billing"),
    *("advertising", "onboarding", "retention", "quality", "compliance"),
)
THINGS = (
    *("customer", "order", "invoice", "shipment", "ticket", "subscription", "campaign", "session"),
    *("employee", "supplier", "warehouse", "contract", "refund", "delivery", "vehicle", "store"),
    *("product", "payment", "account", "device", "lead", "visit", "return", "claim", "forecast"),
)
FORMS = ("events", "daily", "snapshot", "history")
REGIONS = ("country", "region", "city", "market")
KINDS = ("status", "channel", "segment", "priority", "source", "reason", "currency", "tier")
SYNONYMS = {
    "customer": ["client", "buyer"], "order": ["purchase"], "invoice": ["bill"],
    "shipment": ["consignment", "freight"], "ticket": ["case", "issue"],
    "employee": ["staff", "headcount"], "supplier": ["vendor"], "refund": ["chargeback"],
    "vehicle": ["truck"], "store": ["shop", "outlet"], "lead": ["prospect"],
}  # fmt: skip
PER_MODEL = 10
"""Metrics of one model: half are simple, the rest ratios and sums of them."""


@dataclass(frozen=True)
class Subject:
    """What one model is about."""

    field: str
    thing: str
    form: str

    @property
    def name(self) -> str:
        return f"{self.field}_{self.thing}_{self.form}"

    @property
    def entity(self) -> str:
        return f"{self.field}_{self.thing}_{self.form}_id"

    @property
    def words(self) -> str:
        return f"{self.field} {self.thing} {self.form}"


def subjects(count: int) -> list[Subject]:
    """The first `count` models, spread over fields, things and forms."""
    every = [Subject(*parts) for parts in product(FIELDS, THINGS, FORMS)]
    random.Random(7).shuffle(every)
    if count > len(every):
        raise ValueError(f"There are names for {len(every)} models, not for {count}.")
    return every[:count]


def documents(count: int) -> Iterator[tuple[str, str]]:
    """File name and YAML of each model with its metrics."""
    every = subjects(count)
    dice = random.Random(11)
    by_field: dict[str, list[Subject]] = {}
    for subject in every:
        by_field.setdefault(subject.field, []).append(subject)
    for subject in every:
        others = [other for other in by_field[subject.field] if other != subject]
        targets = dice.sample(others, min(2, len(others)))
        yield f"{subject.name}.yml", model_yaml(subject, targets, dice)


def write_world(directory: Path, count: int) -> None:
    """One file per model."""
    for name, text in documents(count):
        (directory / name).write_text(text)


def import_world(count: int, *, category: str = "production") -> None:
    """Bring the registry into the configured database, by the service that the command uses.

    Django must be set up.
    """
    # Django's settings may be chosen after this module was imported for its names alone.
    from models_registry import services
    from models_registry.audit import SYSTEM

    with tempfile.TemporaryDirectory() as folder:
        write_world(Path(folder), count)
        services.import_directory(actor=SYSTEM, directory=Path(folder), category=category)


def model_yaml(subject: Subject, targets: list[Subject], dice: random.Random) -> str:
    document = {"semantic_model": _model(subject, targets, dice), "metrics": _metrics(subject)}
    return yaml.dump(document, Dumper=yaml.CSafeDumper, sort_keys=False, width=1000)


def _model(subject: Subject, targets: list[Subject], dice: random.Random) -> dict[str, Any]:
    return {
        "name": subject.name,
        "label": subject.words.capitalize(),
        "description": f"One row per {subject.thing} of {subject.field}, {subject.form} form.",
        "model": f"lake.{subject.field}.{subject.thing}_{subject.form}",
        "defaults": {"agg_time_dimension": "happened_at"},
        "config": {
            "tags": [subject.field, dice.choice(("gold", "certified", "beta"))],
            "meta": {
                "owner": f"{subject.field}-team",
                "synonyms": [f"{subject.field} {word}" for word in SYNONYMS.get(subject.thing, ())],
            },
        },
        "entities": [
            {"name": subject.entity, "type": "primary", "expr": "id"},
            *(
                {"name": target.entity, "type": "foreign", "expr": f"{target.thing}_key_{number}"}
                for number, target in enumerate(targets)
            ),
        ],
        "dimensions": [
            {
                "name": "happened_at",
                "type": "time",
                "type_params": {"time_granularity": "day"},
                "description": f"When the {subject.thing} was recorded.",
            },
            *(
                {
                    "name": name,
                    "type": "categorical",
                    "expr": f"upper({name}_code)",
                    "description": f"The {name} of the {subject.thing}.",
                }
                for name in (*dice.sample(KINDS, 4), *dice.sample(REGIONS, 2))
            ),
        ],
        "measures": [
            {"name": f"{subject.name}_{name}_base", "agg": agg, "expr": expr}
            for name, agg, expr in _MEASURES
        ],
    }


_MEASURES = (
    ("count", "count", "id"),
    ("amount", "sum", "gross_amount - coalesce(discount, 0)"),
    ("cost", "sum", "unit_cost * quantity"),
    ("duration", "average", "minutes_open"),
    ("late", "sum_boolean", "closed_at > due_at"),
)
_RATIOS = (
    ("late_rate", "late", "count", "Share of {} that were late."),
    ("average_amount", "amount", "count", "Amount of an average one of {}."),
    ("unit_cost", "cost", "count", "Cost of an average one of {}."),
)


def _metrics(subject: Subject) -> list[dict[str, Any]]:
    name, words = subject.name, subject.words
    day = f"{{{{ TimeDimension('{subject.entity}__happened_at', 'day') }}}}"
    simple = [
        {
            "name": f"{name}_{kind}",
            "label": f"{words.capitalize()} {kind}",
            "description": f"The {kind} of {words}, all regions.",
            "type": "simple",
            "type_params": {"measure": f"{name}_{kind}_base"},
        }
        for kind, _, _ in _MEASURES
    ]
    ratios = [
        {
            "name": f"{name}_{kind}",
            "label": f"{words.capitalize()} {kind.replace('_', ' ')}",
            "description": text.format(words),
            "type": "ratio",
            "type_params": {"numerator": f"{name}_{top}", "denominator": f"{name}_{bottom}"},
        }
        for kind, top, bottom, text in _RATIOS
    ]
    derived = [
        {
            "name": f"{name}_margin",
            "description": f"What is left of the amount of {words} after its cost.",
            "type": "derived",
            "type_params": {
                "expr": f"{name}_amount - {name}_cost",
                "metrics": [{"name": f"{name}_amount"}, {"name": f"{name}_cost"}],
            },
        },
        {
            "name": f"{name}_count_shop_floor",
            "description": f"Counted {words} of the web channel.",
            "type": "simple",
            "type_params": {"measure": f"{name}_count_base"},
            "filter": f"{day} IS NOT NULL",
        },
    ]
    return [*simple, *ratios, *derived]
