"""Values of dimensions and the days with data, read as the caller and kept for their data scope."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from threading import Lock
from typing import Any

import pyarrow as pa
from django.conf import settings

from genie.planning.values import Coverage, MemberValues
from queries import services
from queries.basis import UNPUBLISHED, Basis
from queries.requests import MetricRequest, ValuesRequest
from queries.services.metrics import values_run
from queries.values import json_values
from semantic_layer.compiler import measures_of
from semantic_layer.errors import SemanticLayerError, Unavailable
from semantic_layer.ports import Actor

logger = logging.getLogger(__name__)

Key = tuple[object, ...]
_LOOKED_UP = 50


def _forms(text: str) -> tuple[str, ...]:
    """The ways in which a warehouse may have written it."""
    return (text, text.lower(), text.upper(), text.capitalize(), text.title())


def _plain(column: pa.Array) -> list[Any]:
    """As JSON has them, but decimals as numbers: what can be compared with a number shows so."""
    if pa.types.is_decimal(column.type):
        numbers: list[Any] = column.to_pylist()
        return numbers
    return json_values(column)


class _Kept:
    """The newest answers of this process, at most GENIE_VALUES_KEPT of them."""

    def __init__(self) -> None:
        self._answers: OrderedDict[Key, tuple[float, Any]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Key, read: Callable[[], Any]) -> Any:
        """The kept answer, or the one read now; None is kept too. What fails is not kept."""
        now = time.monotonic()
        with self._lock:
            known = self._answers.get(key)
            if known is not None and now - known[0] < settings.GENIE_VALUES_TTL_S:
                self._answers.move_to_end(key)
                return known[1]
        answer = read()
        with self._lock:
            self._answers[key] = (now, answer)
            self._answers.move_to_end(key)
            while len(self._answers) > settings.GENIE_VALUES_KEPT:
                self._answers.popitem(last=False)
        return answer

    def clear(self) -> None:
        with self._lock:
            self._answers.clear()


_kept = _Kept()


def forget_values() -> None:
    """Drop every kept value of this process."""
    _kept.clear()


class ActorValues:
    """ValueSource of one caller for one question.

    Reading stops after GENIE_VALUES_BUDGET_S seconds, or once the warehouse does not answer: words
    that might be values then stay unknown, and are asked about. Each reading is recorded as a run
    of the caller.
    """

    def __init__(self, actor: Actor, basis: Basis) -> None:
        self._actor = actor
        self._basis = basis
        self.renew()
        # Drafts have no version that would tell their values apart.
        self._answers = _Kept() if basis.key == UNPUBLISHED else _kept

    def renew(self) -> None:
        """Give the next question a budget of its own; what was read is kept."""
        self._deadline = time.monotonic() + settings.GENIE_VALUES_BUDGET_S

    @property
    def is_spent(self) -> bool:
        """Whether reading has stopped, so that words may be unknown only for that."""
        return time.monotonic() > self._deadline

    def values(self, model: str, members: Sequence[str]) -> Mapping[str, MemberValues]:
        """See the port."""
        metric = self._a_metric_of(model)
        if metric is None:
            return {}
        found: dict[str, MemberValues] = {}
        for member in members:
            read = partial(self._read_values, metric, member)
            values = self._answer(("values", model, member), read)
            if values is not None:
                found[member] = values
        return found

    def look_up(self, model: str, member: str, texts: Sequence[str]) -> Sequence[Any]:
        """See the port."""
        metric = self._a_metric_of(model)
        if metric is None:
            return ()
        written = sorted({form for text in texts for form in _forms(text)})
        read = partial(self._read_some, metric, member, written)
        found: Sequence[Any] | None = self._answer(("look_up", model, member, *written), read)
        return found or ()

    def coverage(self, metric: str) -> Coverage | None:
        """See the port."""
        found: Coverage | None = self._answer(
            ("coverage", metric), lambda: self._read_coverage(metric)
        )
        return found

    def _answer(self, what: Key, read: Callable[[], Any]) -> Any:
        key = (self._actor.data_scope, self._basis.category, self._basis.key, *what)
        if self.is_spent:
            return None
        try:
            return self._answers.get(key, read)
        except Unavailable:
            self._deadline = 0.0
        except SemanticLayerError as error:
            # The question can do without; its own query will tell what is wrong.
            logger.info("Values could not be read", extra={"what": what, "code": error.code})
        return None

    def _a_metric_of(self, model: str) -> str | None:
        """A metric of rows of the model: its values are those that a question can be about."""
        for info in self._basis.graph.metrics.values():
            if info.models == (model,) and info.aggregation is not None:
                return info.name
        return None

    def _read_values(self, metric: str, member: str) -> MemberValues:
        limit = settings.GENIE_VALUES_MAX
        request = ValuesRequest(
            member, metrics=(metric,), limit=limit, category=self._basis.category
        )
        with values_run(actor=self._actor, request=request, basis=self._basis) as (fetched, _):
            values = [value for batch in fetched.batches for value in _plain(batch.column(0))]
            return MemberValues(tuple(values), not fetched.truncated)

    def _read_some(self, metric: str, member: str, written: Sequence[str]) -> tuple[Any, ...]:
        body = {
            "metrics": [metric],
            "group_by": [member],
            "where": [{"field": member, "op": "in", "value": list(written)}],
            "limit": _LOOKED_UP,
        }
        request = MetricRequest(body, self._basis.category)
        answer = services.run_metric_query(actor=self._actor, request=request, basis=self._basis)
        return tuple(row[member] for row in answer.rows)

    def _read_coverage(self, metric: str) -> Coverage | None:
        graph = self._basis.graph
        measures = measures_of(graph, graph.metrics[metric])
        spans = [
            self._span(graph.models[m.model].local_name(m.time_dimension))
            for m in {m.model: m for m in measures}.values()
            if m.time_dimension is not None
        ]
        known = [span for span in spans if span is not None]
        if not known:
            return None
        return Coverage(min(first for first, _ in known), max(last for _, last in known))

    def _span(self, dimension: str) -> tuple[str, str] | None:
        request = MetricRequest(
            {"group_by": [dimension], "min_max_only": True}, self._basis.category
        )
        answer = services.run_metric_query(actor=self._actor, request=request, basis=self._basis)
        cells = list(answer.rows[0].values()) if answer.rows else []
        if len(cells) != 2 or None in cells:
            return None
        first, last = (date.fromisoformat(str(cell)[:10]).isoformat() for cell in cells)
        return first, last
