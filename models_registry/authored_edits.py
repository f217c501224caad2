"""Changes of a model's definition made in its author's own text, comments and order kept. Pure.

The text is read again after the change: only one that says exactly the wanted definition is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import yaml

from models_registry.definition_changes import (
    MEMBERS,
    DefinitionChange,
    Path,
    definition_changes,
    member_key,
)
from models_registry.definitions import definition_of
from models_registry.yaml_surgery import Node, Surgery, Unsupported, entry, items, value
from semantic_layer.compiler import Project, Source, read_documents
from semantic_layer.compiler.reading.ownership import owner_in

MAX_EDITED = 500_000
"""Characters of a text that is edited; parsing a longer one with places takes too long."""


@dataclass(frozen=True)
class Edited:
    """A text, and the model that it says: metrics in the order in which they stand there."""

    text: str
    project: Project


def edited(text: str, before: Project, after: Project) -> Edited | None:
    """The author's text with the changes between two readings of one model; None where it cannot
    say them, and has to be written anew.
    """
    if len(text) > MAX_EDITED or not after.models:
        return None
    wanted = definition_of(after)
    changes = _together(list(definition_changes(definition_of(before), wanted)), wanted)
    if not changes:
        return Edited(text, before)
    # Where `tags` were said by an older `meta.tags`, they need a place of their own once it goes.
    tags = DefinitionChange("added", ("tags",), after=wanted.get("tags"))
    attempts = [(_finely, changes), (_finely, [*changes, tags]), (_by_member, changes)]
    for attempt, tried in attempts:
        try:
            surgery = Surgery(text)
            attempt(_Author(surgery, before, after), tried)
            found = _read_as(surgery.result(), after)
        except (Unsupported, yaml.YAMLError):
            continue
        if found is not None:
            return found
    return None


def _read_as(text: str, wanted: Project) -> Edited | None:
    """The text where it reads as exactly this model with these metrics, in whatever order."""
    read = read_documents([Source(text)])
    if any(issue.severity == "error" for issue in read.issues) or len(read.models) != 1:
        return None
    if read.saved_queries or read.configurations:
        return None
    if any(metric.model not in (None, wanted.models[0].name) for metric in read.metrics):
        return None
    said = {metric.name: metric for metric in wanted.metrics}
    names = [metric.name for metric in read.metrics]
    if sorted(names) != sorted(said):
        return None
    ordered = replace(wanted, metrics=tuple(said[name] for name in names))
    return Edited(text, ordered) if definition_of(read) == definition_of(ordered) else None


def _together(
    changes: Sequence[DefinitionChange], wanted: Mapping[str, Any]
) -> list[DefinitionChange]:
    """Changes inside a mapping that loses keys as one change of the mapping: the last key of one
    can go only with it.
    """
    losing = {
        change.path[:-1]
        for change in changes
        if change.change == "removed" and _is_nested(change.path)
    }
    kept, done = [], set()
    for change in changes:
        parent = next((path for path in losing if change.path[: len(path)] == path), None)
        if parent is None:
            kept.append(change)
        elif parent not in done:
            done.add(parent)
            kept.append(DefinitionChange("changed", parent, after=_value_at(wanted, parent)))
    return kept


def _is_nested(path: Path) -> bool:
    """Whether the path leads into a mapping below the model or a member."""
    return len(path) > (3 if path[0] in MEMBERS else 1)


def _value_at(definition: Mapping[str, Any], path: Path) -> Any:
    found: Any = definition
    for key in path:
        if isinstance(found, list):
            found = next(item for item in found if member_key(item) == key)
        else:
            found = found[key]
    return found


# ---------------------------------------------------------------- where things stand


class _Author:
    """The parts of the author's layout: flat, wrapped, in lists, or dbt's model properties."""

    def __init__(self, surgery: Surgery, before: Project, after: Project) -> None:
        self.surgery = surgery
        self.after = after
        self.model = self._model(before.models[0].name)

    def _model(self, name: str) -> Node:
        for root in self.surgery.roots:
            lists = (*items(value(root, "semantic_models")), *items(value(root, "models")))
            for node in (root, value(root, "semantic_model"), *lists):
                found = value(node, "name")
                if found is not None and found.value == name:
                    return node
        raise Unsupported

    def lists(self, kind: str) -> Iterator[Node]:
        """Every list that members of the kind stand in."""
        owners = [self.model]
        if kind == "metrics":
            owners += [root for root in self.surgery.roots if root is not self.model]
        for owner in owners:
            found = value(owner, kind)
            if found is not None:
                yield found

    def member(self, kind: str, key: str) -> tuple[Node, Node]:
        """The list and the item of a member."""
        for sequence in self.lists(kind):
            for item in items(sequence):
                if _key_of(item) == key:
                    return sequence, item
        raise Unsupported

    def home(self, kind: str, key: str) -> Node | None:
        """The list that a new member belongs into."""
        lists = list(self.lists(kind))
        if kind != "metrics":
            return lists[0] if lists else None
        inside = value(self.model, "metrics")
        metric = next(metric for metric in self.after.metrics if metric.name == key)
        told = owner_in(metric, self.after.models, self.after.metrics) == self.after.models[0].name
        outside = [node for node in lists if node is not inside]
        return outside[0] if told and outside else inside


def _key_of(item: Node) -> str | None:
    named = {
        key: found.value
        for key in ("name", "role")
        if isinstance(found := value(item, key), yaml.ScalarNode)
    }
    return member_key(named) if "name" in named else None


# ---------------------------------------------------------------- changes


def _finely(author: _Author, changes: Sequence[DefinitionChange]) -> None:
    """Every changed value in its own place."""
    for change in changes:
        kind = change.path[0]
        if kind not in MEMBERS:
            _change_element(author.surgery, author.model, change.path, change)
        elif len(change.path) == 2:
            _change_list(author, change)
        elif len(change.path) > 2:
            _, item = author.member(kind, change.path[1])
            _change_element(author.surgery, item, change.path[2:], change)
        else:
            raise Unsupported


def _by_member(author: _Author, changes: Sequence[DefinitionChange]) -> None:
    """Changed members written anew whole; the rest as in `_finely`."""
    wanted = definition_of(author.after)
    done: set[Path] = set()
    for change in changes:
        kind = change.path[0]
        if kind not in MEMBERS or len(change.path) < 3:
            _finely(author, [change])
        elif change.path[:2] not in done:
            done.add(change.path[:2])
            sequence, item = author.member(kind, change.path[1])
            new = next(m for m in wanted[kind] if member_key(m) == change.path[1])
            author.surgery.set_item(sequence, item, new)


def _change_list(author: _Author, change: DefinitionChange) -> None:
    kind, key = change.path
    surgery = author.surgery
    if change.change == "removed":
        sequence, item = author.member(kind, key)
        if len(sequence.value) > 1:
            surgery.remove_item(sequence, item)
            return
        owner = next(o for o in (author.model, *surgery.roots) if value(o, kind) is sequence)
        surgery.remove_key(owner, kind)
        return
    home = author.home(kind, key)
    if home is not None:
        surgery.add_item(home, change.after)
    elif entry(author.model, kind) is not None:
        surgery.set_value(author.model, kind, [change.after])
    else:
        surgery.add_key(author.model, kind, [change.after])


def _places(path: Path) -> Iterator[Path]:
    """Where authors write what our form has under a path, most usual first."""
    if path[0] in ("meta", "tags"):
        yield ("config", *path)
    yield path
    if path[0] == "type_params" and len(path) > 1:
        yield path[1:]


def _change_element(surgery: Surgery, element: Node, path: Path, change: DefinitionChange) -> None:
    """One value of a model or member.

    What stands nowhere is said by something else (`tags` by an older `meta.tags`): a new value is
    added then, and a removed one needs nothing. Reading the text again tells whether it was right.
    """
    action: Callable[[Surgery, Node, Path, Any], bool] = {
        "changed": _set,
        "removed": _remove,
        "added": _add,
    }[change.change]
    if any(action(surgery, element, place, change.after) for place in _places(path)):
        return
    if change.change == "removed":
        return
    if change.change == "changed" and any(
        _add(surgery, element, place, change.after) for place in _places(path)
    ):
        return
    parent, rest = element, path
    while len(rest) > 1 and (inner := value(parent, rest[0])) is not None:
        parent, rest = inner, rest[1:]
    surgery.add_key(parent, rest[0], _nested(rest[1:], change.after))


def _nested(path: Path, new: Any) -> Any:
    for key in reversed(path):
        new = {key: new}
    return new


def _parent(element: Node, path: Path) -> Node | None:
    found: Node | None = element
    for key in path[:-1]:
        found = value(found, key)
    return found


def _set(surgery: Surgery, element: Node, path: Path, new: Any) -> bool:
    parent = _parent(element, path)
    if parent is None or entry(parent, path[-1]) is None:
        return False
    surgery.set_value(parent, path[-1], new)
    return True


def _remove(surgery: Surgery, element: Node, path: Path, new: Any) -> bool:
    parent = _parent(element, path)
    if parent is None or entry(parent, path[-1]) is None:
        return False
    while len(parent.value) == 1 and len(path) > 1:
        path = path[:-1]
        parent = _parent(element, path) or element
    surgery.remove_key(parent, path[-1])
    return True


def _add(surgery: Surgery, element: Node, path: Path, new: Any) -> bool:
    """Into a mapping that is there; a key with nothing after it takes the value."""
    if _set(surgery, element, path, new):
        return True
    parent = _parent(element, path)
    if parent is None or len(path) == 1:
        return False
    surgery.add_key(parent, path[-1], new)
    return True
