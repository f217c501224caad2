"""What changed between two definitions, by name rather than by place. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MEMBERS = ("entities", "dimensions", "measures", "metrics")

Path = tuple[str, ...]


@dataclass(frozen=True)
class DefinitionChange:
    """One value that was added, removed, changed or (names of members) reordered."""

    change: str
    path: Path
    before: Any = None
    after: Any = None

    def as_dict(self) -> dict[str, Any]:
        return {
            "change": self.change,
            "path": ".".join(self.path),
            "before": self.before,
            "after": self.after,
        }


def definition_changes(
    before: Mapping[str, Any], after: Mapping[str, Any], path: Path = ()
) -> Iterator[DefinitionChange]:
    """Every difference of two canonical definitions, in the order of the older one."""
    for key in dict.fromkeys((*before, *after)):
        old, new = before.get(key), after.get(key)
        here = (*path, key)
        if old == new and (old is None or not isinstance(old, Mapping | list)):
            continue
        if not path and key in MEMBERS:
            yield from _member_changes(old or [], new or [], here)
        elif isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from definition_changes(old, new, here)
        elif key not in after:
            yield DefinitionChange("removed", here, before=old)
        elif key not in before:
            yield DefinitionChange("added", here, after=new)
        elif old != new:
            yield DefinitionChange("changed", here, before=old, after=new)


def member_key(member: Mapping[str, Any]) -> str:
    """What a member goes by; entities of one name differ by role."""
    role = member.get("role")
    return f"{member['name']}({role})" if role else str(member["name"])


def _member_changes(
    before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]], path: Path
) -> Iterator[DefinitionChange]:
    old = {member_key(member): member for member in before}
    new = {member_key(member): member for member in after}
    for key in dict.fromkeys((*old, *new)):
        here = (*path, key)
        if key not in new:
            yield DefinitionChange("removed", here, before=old[key])
        elif key not in old:
            yield DefinitionChange("added", here, after=new[key])
        else:
            yield from definition_changes(old[key], new[key], here)
    kept = [key for key in old if key in new]
    order = [key for key in new if key in old]
    if kept != order:
        yield DefinitionChange("reordered", path, before=kept, after=order)
