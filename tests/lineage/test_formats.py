"""Mermaid, dot and SVG: names are only words in each of them."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.formats import dot, laid_out, mermaid, svg
from lineage.formats.layout import WIDTH
from lineage.nodes import Kind, Level, Ref, Relation
from lineage.walking import Found, Picture, Step
from tests.accounts_fixtures import ApiClient

VIEW = '/api/lineage/tables/shop.gold.`v]->"; <script>`?include_columns=true&format='


class AnybodysSight:
    """Shows every node under the name it has."""

    def __init__(self) -> None:
        self.saved: dict[str, Any] = {}

    def sees(self, ref: Ref) -> bool:
        return True

    def table(self, ref: Ref) -> None:
        return None


@pytest.mark.django_db
@pytest.mark.usefixtures("models")
def test_each_format_is_what_it_says(as_viewer: ApiClient) -> None:
    types = {"mermaid": "text/plain", "dot": "text/vnd.graphviz", "svg": "image/svg+xml"}
    for wanted, media_type in types.items():
        response = as_viewer.get(VIEW + wanted)
        assert response.status_code == 200
        assert response["Content-Type"] == f"{media_type}; charset=utf-8"
        assert "default-src 'none'" in response["Content-Security-Policy"]
        text = response.content.decode()
        assert "<script>" not in re.sub(r'label="(?:[^"\\]|\\.)*"', "", text)
    picture = ElementTree.fromstring(as_viewer.get(VIEW + "svg").content)  # noqa: S314  our own
    shown = [text.text for text in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert 'v]->"; <script>' in shown
    assert "<i>" in shown


TEXT = st.text(min_size=1, max_size=12)
REFS = st.builds(
    Ref,
    st.sampled_from([Kind.TABLE, Kind.COLUMN]),
    st.tuples(TEXT, TEXT, TEXT, TEXT),
).map(lambda ref: ref if ref.kind is Kind.COLUMN else Ref(Kind.TABLE, ref.parts[:3]))
EDGES = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 7), st.sampled_from(Relation)), max_size=20
)


def picture_of(refs: list[Ref], links: list[tuple[int, int, Relation]]) -> Picture:
    made = Picture(refs[0])
    for ref in refs:
        made.add(Found(ref, 0))
    for source, target, relation in links:
        step = Step(refs[source % len(refs)], refs[target % len(refs)], relation, Level.COLUMN)
        made.edges.add(step)
    return made


@settings(max_examples=150)
@given(st.lists(REFS, min_size=1, max_size=8, unique=True), EDGES)
def test_no_name_and_no_cycle_breaks_a_format(
    refs: list[Ref], links: list[tuple[int, int, Relation]]
) -> None:
    made, sight = picture_of(refs, links), AnybodysSight()
    ElementTree.fromstring(svg(made, sight))  # type: ignore[arg-type]  # noqa: S314  our own
    for line in mermaid(made, sight).splitlines():  # type: ignore[arg-type]
        outside = re.sub(r'"[^"]*"', '""', line)
        assert re.fullmatch(r'[\w\s\[\](){}/."|>:,-]*', outside), line
    text = re.sub(r'"(?:[^"\\]|\\.)*"', "T", dot(made, sight))  # type: ignore[arg-type]
    assert re.fullmatch(r"[\w\s{}\[\];=,>-]*", text), text
    places = laid_out(made, sight).boxes  # type: ignore[arg-type]
    for one in places:
        for other in places:
            apart = one.x + WIDTH <= other.x or other.x + WIDTH <= one.x
            above = one.y + one.height <= other.y or other.y + other.height <= one.y
            assert one is other or apart or above


def test_sources_stand_left_of_what_is_made_of_them() -> None:
    a, b, c = (Ref(Kind.TABLE, ("c", "s", name)) for name in "abc")
    made = Picture(b)
    for ref in (a, c):
        made.add(Found(ref, 1))
    made.edges |= {Step(a, b, Relation.READS), Step(b, c, Relation.READS)}
    found = {one.box.ref: one.x for one in laid_out(made, AnybodysSight()).boxes}  # type: ignore[arg-type]
    assert found[a] < found[b] < found[c]
