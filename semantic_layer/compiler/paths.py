"""From a model to a named member: breadth first, many-to-one joins only, never a silent choice.

A join is allowed from any entity of a model to a model that owns the same key (primary, unique or
natural), so it cannot multiply rows. The nearest match wins; two equally near ones are an error
that lists both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from semantic_layer.compiler.infos import Hop, Member, ModelInfo
from semantic_layer.compiler.names import METRIC_TIME, SEPARATOR
from semantic_layer.compiler.spec import Grain
from semantic_layer.errors import (
    AmbiguousPath,
    FanOut,
    NotReachable,
    QueryError,
    UnknownField,
    did_you_mean,
)

if TYPE_CHECKING:
    from semantic_layer.compiler.graph import SemanticGraph

MAX_HOPS = 5
MAX_STATES = 10_000
LISTED_HOPS = 2

State = tuple[ModelInfo, tuple[Hop, ...]]


def resolve(graph: SemanticGraph, model: ModelInfo, name: str, path: str = "") -> Member:
    """What `name` means from `model`. Cached in the graph, so that a query never searches twice.

    Raises UnknownField, NotReachable, AmbiguousPath, FanOut, each naming what would work.
    """
    key = (model.name, name)
    found = graph.path_cache.get(key)
    if found is None:
        found = _search(graph, model, name)
        if found:  # what people mistype is not worth keeping
            graph.path_cache[key] = found
    if len(found) == 1:
        return found[0]
    if found:
        raise _ambiguous(model, name, found, path)
    raise _missing(graph, model, name, path)


def hops_from(graph: SemanticGraph, model: ModelInfo) -> tuple[Hop, ...]:
    """All many-to-one joins that start at the model, in a fixed order."""
    cached = graph.hop_cache.get(model.name)
    if cached is None:
        cached = tuple(
            hop for entity in model.entities.values() for hop in _hops(graph, model, entity.address)
        )
        graph.hop_cache[model.name] = cached
    return cached


def _hops(graph: SemanticGraph, model: ModelInfo, address: str) -> Iterator[Hop]:
    entity = model.entities.get(address)
    if entity is None:
        return
    for target in graph.owners.get(entity.key, ()):
        key = target.owned(entity.key)
        if key is not None and (target is not model or not entity.owned):
            yield Hop(entity, target, key)


# ---------------------------------------------------------------- search


def _search(graph: SemanticGraph, model: ModelInfo, name: str) -> tuple[Member, ...]:
    """The nearest matches: breadth first, stopping at the first level that has any."""
    parts = tuple(name.split(SEPARATOR))
    if len(parts) > 1 and parts[0] in model.entities:
        return _nearest(_walk(graph, model, (), parts))
    frontier: list[State] = [(model, ())]
    seen = {model.name}
    for _ in range(MAX_HOPS):
        found = _nearest(m for state in frontier for m in _matches(graph, state, parts))
        if found:
            return found
        frontier = _next_level(graph, frontier, seen)
        if not frontier:
            break
    return ()


def _next_level(graph: SemanticGraph, frontier: list[State], seen: set[str]) -> list[State]:
    """One join further; a model reached twice at the same level stays twice, that is a real
    ambiguity."""
    following = [
        (hop.model, (*hops, hop))
        for model, hops in frontier
        for hop in hops_from(graph, model)
        if hop.model.name not in seen
    ][:MAX_STATES]
    seen.update(model.name for model, _ in following)
    return following


def _matches(graph: SemanticGraph, state: State, parts: tuple[str, ...]) -> Iterator[Member]:
    model, hops = state
    if len(parts) == 1:
        yield from _element(model, hops, parts[0], _qualified_name(model, hops, parts[0]))
    else:
        yield from _walk(graph, model, hops, parts)


def _walk(
    graph: SemanticGraph, model: ModelInfo, start: tuple[Hop, ...], parts: tuple[str, ...]
) -> Iterator[Member]:
    """Follow the entities a qualified name spells out."""
    *entities, element = parts
    states: list[State] = [(model, start)]
    for position, address in enumerate(entities):
        last = position == len(entities) - 1
        following: list[State] = []
        for current, hops in states:
            if address in current.prefixes:
                if last:
                    # Found by its own prefix after joins: the joins say it shorter.
                    found = start and not position
                    name = (
                        _qualified_name(current, hops, element) if found else _joined(start, parts)
                    )
                    yield from _local(current, hops, address, element, name)
                else:
                    following.append((current, hops))
            following += [(hop.model, (*hops, hop)) for hop in _hops(graph, current, address)]
        states = following
    for current, hops in states:
        if hops != start:
            yield from _element(current, hops, element, _joined(start, parts))


def _local(
    model: ModelInfo, hops: tuple[Hop, ...], prefix: str, element: str, name: str
) -> Iterator[Member]:
    """A dimension or another entity of the model that the prefix stands for."""
    if element in model.dimensions:
        yield _dimension(model, hops, element, name)
    elif element in model.entities and element != prefix:
        yield Member(name, hops, model, entity=model.entities[element])


def _joined(start: tuple[Hop, ...], parts: tuple[str, ...]) -> str:
    return SEPARATOR.join((*(hop.entity.address for hop in start), *parts))


def _qualified_name(model: ModelInfo, hops: tuple[Hop, ...], element: str) -> str:
    if hops:
        return SEPARATOR.join((*(hop.entity.address for hop in hops), element))
    return model.local_name(element) if element in model.dimensions else element


def _element(model: ModelInfo, hops: tuple[Hop, ...], element: str, name: str) -> Iterator[Member]:
    if element in model.dimensions:
        yield _dimension(model, hops, element, name)
    elif element in model.entities and not (hops and hops[-1].key.address == element):
        yield Member(name, hops, model, entity=model.entities[element])


def _dimension(model: ModelInfo, hops: tuple[Hop, ...], element: str, name: str) -> Member:
    return Member(name, hops, model, dimension=model.dimensions[element])


def _nearest(found: Iterable[Member]) -> tuple[Member, ...]:
    """Those with the fewest joins, each route once."""
    members = list(found)
    if not members:
        return ()
    shortest = min(len(member.hops) for member in members)
    unique: dict[tuple[str, str], Member] = {}
    for member in members:
        if len(member.hops) == shortest:
            unique.setdefault((member.name, member.route), member)
    return tuple(unique.values())


# ---------------------------------------------------------------- names to offer


def reachable(
    graph: SemanticGraph, model: ModelInfo, max_hops: int = LISTED_HOPS
) -> dict[str, Member]:
    """Canonical names that mean exactly one thing from the model, nearest first."""
    found: dict[str, Member] = {}
    frontier: list[tuple[ModelInfo, tuple[Hop, ...], frozenset[str]]] = [
        (model, (), frozenset({model.name}))
    ]
    for _ in range(max_hops + 1):
        following = []
        for current, hops, seen in frontier:
            for element in (*current.dimensions, *current.entities):
                name = _qualified_name(current, hops, element)
                for member in _element(current, hops, element, name):
                    found.setdefault(name, member)
            following += [
                (hop.model, (*hops, hop), seen | {hop.model.name})
                for hop in hops_from(graph, current)
                if hop.model.name not in seen
            ]
        frontier = following[:MAX_STATES]
    return {n: m for n, m in found.items() if _means_one_thing(graph, model, n)}


def _means_one_thing(graph: SemanticGraph, model: ModelInfo, name: str) -> bool:
    try:
        resolve(graph, model, name)
    except QueryError:
        return False
    return True


# ---------------------------------------------------------------- errors


def _ambiguous(model: ModelInfo, name: str, found: tuple[Member, ...], path: str) -> AmbiguousPath:
    routes = sorted(f"{model.name}.{member.route}" for member in found)
    names = sorted({member.name for member in found} - {name})
    hint = f" Say which: {', '.join(names)}." if names else " Rename one of them."
    return AmbiguousPath(
        f"'{name}' can be reached from {model.name} in {len(found)} ways: "
        f"{'; '.join(routes)}.{hint}",
        path=path,
        suggestions=names,
        field=name,
        paths=routes,
    )


def _missing(graph: SemanticGraph, model: ModelInfo, name: str, path: str) -> QueryError:
    """Why nothing was found: it would multiply rows, it is out of reach, or it does not exist."""
    found = homes(graph, name)
    if not found:
        refuse_unknown_grain(name, path)
        near = did_you_mean(name, _offers(graph, model))
        hint = f" Did you mean {near[0]}?" if near else ""
        return UnknownField(
            f"'{name}' is not a dimension or entity of {model.name} or of anything joined to "
            f"it.{hint}",
            path=path,
            suggestions=near,
            field=name,
        )
    reversed_hop = _fanning_join(graph, model, {home.name for home in found})
    element = name.rpartition(SEPARATOR)[2]
    offers = _offers(graph, model)
    near = sorted(o for o in offers if o.rpartition(SEPARATOR)[2] == element)
    near = (near or did_you_mean(name, offers))[:3]
    hint = f" Nearest that works: {', '.join(near)}." if near else ""
    if reversed_hop is not None:
        return FanOut(
            f"'{name}' lives in {found[0].name}, and from {model.name} only the join "
            f"{reversed_hop} "
            f"leads there, which would multiply rows.{hint}",
            path=path,
            suggestions=near,
            field=name,
            join=reversed_hop,
        )
    return NotReachable(
        f"'{name}' lives in {found[0].name}, and no join leads there from {model.name}.{hint}",
        path=path,
        suggestions=near,
        field=name,
    )


def refuse_unknown_grain(name: str, path: str) -> None:
    """`metric_time__fortnight` is no dimension that is missing, but a grain that time lacks."""
    base, separator, grain = name.rpartition(SEPARATOR)
    if not separator or base != METRIC_TIME:
        return
    near = did_you_mean(grain, Grain, count=1)
    hint = f"Did you mean {near[0]}?" if near else "Use day, week, month, quarter or year."
    raise UnknownField(
        f"'{grain}' is not a grain or date part of {METRIC_TIME}. {hint}",
        path=path,
        suggestions=[f"{METRIC_TIME}{SEPARATOR}{one}" for one in near],
        field=name,
    )


def _offers(graph: SemanticGraph, model: ModelInfo) -> list[str]:
    return list(reachable(graph, model))


def homes(graph: SemanticGraph, name: str) -> list[ModelInfo]:
    """Models that have the element under this name (or, for a plain name, at all)."""
    cached = graph.home_cache.get(name)
    if cached is None:
        cached = _find_homes(graph, name)
        if cached:
            graph.home_cache[name] = cached
    return cached


def _find_homes(graph: SemanticGraph, name: str) -> list[ModelInfo]:
    *entities, element = name.split(SEPARATOR)
    prefix = entities[-1] if entities else None
    key = graph.role_keys.get(prefix or "")
    return [
        model
        for model in graph.models.values()
        if (element in model.dimensions or element in model.entities)
        and (prefix is None or prefix in model.prefixes or key in model.prefixes)
    ]


def _fanning_join(graph: SemanticGraph, model: ModelInfo, targets: set[str]) -> str | None:
    """The first one-to-many join on the shortest way to a target, in words; None when there is no
    way at all."""
    frontier: list[tuple[ModelInfo, str | None]] = [(model, None)]
    seen = {model.name}
    while frontier:
        following: list[tuple[ModelInfo, str | None]] = []
        for current, fanning in frontier:
            if current.name in targets and fanning:
                return fanning
            for nearby, join in _both_ways(graph, current):
                if nearby.name not in seen:
                    seen.add(nearby.name)
                    following.append((nearby, fanning or join))
        frontier = following
    return None


def _both_ways(graph: SemanticGraph, model: ModelInfo) -> Iterator[tuple[ModelInfo, str | None]]:
    for hop in hops_from(graph, model):
        yield hop.model, None
    for entity in model.entities.values():
        for holder in graph.holders.get(entity.key, ()):
            if holder is not model:
                yield holder, f"{model.name}.{entity.address} -> {holder.name}.{entity.address}"
