"""Random conditions, and the text that says the same as a structured one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.oracle.world import field_of

Draw = Any
FIRST_DAY = datetime(2023, 12, 28)
WORDS = ("red", "green", "O'Brien", "")


@st.composite
def condition(draw: Draw, name: str) -> dict[str, Any]:
    """One comparison that fits the field's type; sometimes negated."""
    one = draw(KINDS[kind_of(name)]).copy()
    one["field"] = name
    return {"not": one} if draw(st.integers(0, 5)) == 0 else one


def kind_of(name: str) -> str:
    field = field_of(name)
    if field.part is not None:
        return "part"
    if field.is_metric_time or field.element in ("ds", "due", "since"):
        return "time"
    return "text" if field.element in ("cat", "part") else "number"


def _leaf(op: str, value: Any) -> dict[str, Any]:
    return {"op": op, "value": value}


days = st.integers(0, 100).map(lambda n: (FIRST_DAY + timedelta(days=n)).date().isoformat())
presence = st.sampled_from(("is_null", "not_null")).map(lambda op: {"op": op})
KINDS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "text": st.one_of(
        st.builds(
            _leaf, st.sampled_from(("=", "!=", "starts_with", "contains")), st.sampled_from(WORDS)
        ),
        st.builds(
            _leaf,
            st.sampled_from(("in", "not_in")),
            st.lists(st.sampled_from(WORDS), min_size=1, max_size=2),
        ),
        presence,
    ),
    "time": st.one_of(
        st.builds(_leaf, st.sampled_from(("<", "<=", ">", ">=", "=", "!=")), days),
        st.builds(_leaf, st.just("between"), st.tuples(days, days).map(sorted)),
    ),
    "part": st.builds(_leaf, st.sampled_from(("=", ">=")), st.integers(1, 6)),
    "number": st.one_of(
        st.builds(_leaf, st.sampled_from(("=", "!=", "<", "<=", ">", ">=")), st.integers(-2, 4)),
        presence,
    ),
}


# ---------------------------------------------------------------- the text form


def text_of(node: dict[str, Any]) -> str | None:
    """The condition as SQL with `{{ }}` objects; None where that form has no word for it."""
    if "not" in node:
        inner = text_of(node["not"])
        return None if inner is None else f"NOT ({inner})"
    if "or" in node:
        parts = [text_of(item) for item in node["or"]]
        return None if None in parts else " OR ".join(f"({part})" for part in parts)
    field = field_of(node["field"])
    # Without a grain an object means the default one, a structured field the time as it is stored.
    bare = kind_of(node["field"]) == "time" and field.grain is None
    if node["op"] not in TEXTS or bare:
        return None
    literals = _literals(node.get("value"))
    name, listed = object_of(node["field"]), ", ".join(literals)
    return TEXTS[node["op"]].format(name, *literals, listed=listed)


TEXTS = {
    **{op: f"{{}} {op} {{}}" for op in ("=", "!=", "<", "<=", ">", ">=")},
    "in": "{} IN ({listed})",
    "not_in": "{} NOT IN ({listed})",
    "between": "{} BETWEEN {} AND {}",
    "is_null": "{} IS NULL",
    "not_null": "{} IS NOT NULL",
}


def object_of(name: str) -> str:
    if "(" in name:  # it is an object already
        return f"{{{{ {name} }}}}"
    field = field_of(name)
    plain = "__".join((*field.links, field.element))
    if field.grain is not None:
        return f"{{{{ TimeDimension('{plain}', '{field.grain}') }}}}"
    if field.part is not None:
        return f"{{{{ Dimension('{plain}').date_part('{field.part}') }}}}"
    if field.element.startswith(("dim", "fact", "region")):
        return f"{{{{ Entity('{plain}') }}}}"
    return f"{{{{ Dimension('{plain}') }}}}" if field.links else plain


def _literals(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [] if value is None else [value]
    return [str(v) if isinstance(v, int) else "'" + str(v).replace("'", "''") + "'" for v in values]
