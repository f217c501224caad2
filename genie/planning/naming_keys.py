"""Names in the place of keys: people read `Hamburg` where the model joins by warehouse 3."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from genie.language.words import Token
from genie.planning.catalog import Catalog, Term, is_name, key_of
from genie.planning.frame import Frame, Group, Order
from genie.planning.values import ValueSource

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
    if key is None or not key.is_key:
        return None
    inside = f"{key.name}__"
    found = [
        term
        for term in catalog.members.values()
        if term.name.startswith(inside)
        and term.hops == key.hops + 1
        and term.option is not None
        and term.option.kind == "categorical"
        and _is_its_name(term, key)
        and all(term.name in catalog.reachable(metric) for metric in frame.metrics)
    ]
    return found[0] if len(found) == 1 else None


def _is_its_name(term: Term, key: Term) -> bool:
    """`depot__depot_nm`, and not `depot__country_name`."""
    said = key_of(term.name.split("__")[-1]) - key_of(key.name.split("__")[-1])
    return is_name(term.name) and len(said) <= 1


def _stands_for(name: str, key: str, frame: Frame, catalog: Catalog, source: ValueSource) -> bool:
    term = catalog.metrics.get(frame.metrics[0])
    if term is None or not term.models:
        return False
    values = source.values(term.models[0], [key, name])
    keys, names = values.get(key), values.get(name)
    if keys is None or names is None or not (keys.complete and names.complete):
        return False
    return keys.are_numbers and len(names.values) == len(keys.values)


def _renamed(frame: Frame, old: Group, new: Group) -> Frame:
    if any(group.member == new.member for group in frame.groups):
        return replace(frame, groups=tuple(item for item in frame.groups if item != old))
    groups = tuple(new if item == old else item for item in frame.groups)
    order = tuple(
        Order(new.field, item.descending) if item.field == old.field else item
        for item in frame.order
    )
    return replace(frame, groups=groups, order=order)
