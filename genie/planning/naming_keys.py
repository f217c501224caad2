"""Names in the place of keys: people read `Hamburg` where the model joins by warehouse 3."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from genie.language.words import Token
from genie.planning.catalog import Catalog, Term, key_of
from genie.planning.frame import Frame, Group, Order
from genie.planning.values import MemberValues, ValueSource

_NAMES = frozenset({"name", "nm", "titl", "label"})
_KEYS = frozenset({"id", "ids", "key", "keys", "code", "codes", "number", "numbers", "no", "nr"})


def with_names(
    tokens: Sequence[Token], frame: Frame, catalog: Catalog, source: ValueSource
) -> Frame:
    """The frame grouped by names instead of keys that are bare numbers.

    Only where every key has a name of its own, so that no rows come together; a question that asks
    for keys gets keys.
    """
    if not frame.groups or not frame.metrics or any(token.word in _KEYS for token in tokens):
        return frame
    for group in frame.groups:
        name = _name_of(group, frame, catalog)
        if name is not None and _stands_for(name.name, group.member, frame, catalog, source):
            frame = _renamed(frame, group, Group(name.name, name.name, name.label))
    return frame


def _name_of(group: Group, frame: Frame, catalog: Catalog) -> Term | None:
    """The one name of what the key leads to, if all metrics can be grouped by it."""
    key = catalog.members.get(group.member)
    if key is None or key.option is None or key.option.kind != "entity":
        return None
    inside = f"{key.name}__"
    found = [
        term
        for term in catalog.members.values()
        if term.name.startswith(inside)
        and term.hops == key.hops + 1
        and term.option is not None
        and term.option.kind == "categorical"
        and _is_name(term, key)
        and all(term.name in catalog.reachable(metric) for metric in frame.metrics)
    ]
    return found[0] if len(found) == 1 else None


def _is_name(term: Term, key: Term) -> bool:
    said = key_of(term.name.split("__")[-1])
    thing = key_of(key.name.split("__")[-1])
    return bool(said & _NAMES) and said - thing <= _NAMES


def _stands_for(name: str, key: str, frame: Frame, catalog: Catalog, source: ValueSource) -> bool:
    term = catalog.metrics.get(frame.metrics[0])
    if term is None or not term.models:
        return False
    values = source.values(term.models[0], [key, name])
    keys, names = values.get(key), values.get(name)
    if keys is None or names is None or not (keys.complete and names.complete):
        return False
    return _are_numbers(keys) and len(set(names.values)) == len(set(keys.values))


def _are_numbers(keys: MemberValues) -> bool:
    known = [value for value in keys.values if value is not None]
    return bool(known) and all(
        isinstance(value, int | Decimal) and not isinstance(value, bool) for value in known
    )


def _renamed(frame: Frame, old: Group, new: Group) -> Frame:
    if any(group.member == new.member for group in frame.groups):
        return replace(frame, groups=tuple(item for item in frame.groups if item != old))
    groups = tuple(new if item == old else item for item in frame.groups)
    order = tuple(
        Order(new.field, item.descending) if item.field == old.field else item
        for item in frame.order
    )
    return replace(frame, groups=groups, order=order)
