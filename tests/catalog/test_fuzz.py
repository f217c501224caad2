"""No prefix, context or name makes completion fail, answer too much, or take long."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.completion import Knowledge, RegistryNames, vocabulary
from catalog.completion.names import NameIndex, Tier, folded, tier_of
from tests.catalog.worlds import KNOWLEDGE, completions, inventory_of
from tests.fakes import StaticMetadata

WORDS = [
    *(
        "SELECT",
        "FROM",
        "WHERE",
        "WITH",
        "AS",
        "JOIN",
        "ON",
        "UNION",
        "EXCEPT",
        "DISTINCT",
        "LATERAL",
    ),
    *("x", "f", "gold", "flights", "carrier", "1", "1.5", "zqcursorqz", "é", "ß", "GROUP BY"),
    *("(", ")", ",", ".", ";", "*", "'", '"', "`", "--", "/*", "*/", "$$", "::", "@", "[", "]"),
    *("{{", "}}", "\n", "\x00"),
]
PIECES = st.sampled_from(WORDS)
SQL = st.lists(PIECES, max_size=40).map(" ".join) | st.lists(PIECES, max_size=20).map("".join)
TEXT = st.text(max_size=60) | SQL
DIALECTS = [
    KNOWLEDGE,
    Knowledge(KNOWLEDGE.inventory, KNOWLEDGE.registry, vocabulary("databricks")),
]


@settings(max_examples=600, deadline=None)
@given(context=TEXT, prefix=TEXT, knowledge=st.sampled_from(DIALECTS))
def test_any_text_gets_an_answer(context: str, prefix: str, knowledge: Knowledge) -> None:
    found = completions(context, prefix, knowledge)
    assert len(found) <= 20
    assert len({(one.type, one.insert_text) for one in found}) == len(found)
    assert all(one.value and one.insert_text for one in found)


NAMES = st.text(min_size=1, max_size=8) | st.text(alphabet="ab_. \nßİ", min_size=1, max_size=8)


@settings(max_examples=200, deadline=None)
@given(names=st.lists(NAMES, min_size=1, max_size=12), typed=NAMES)
def test_names_of_any_letters_are_found(names: list[str], typed: str) -> None:
    source = StaticMetadata({"c": {"s": {"t": list(dict.fromkeys(names))}}}, default_catalog="c")
    knowledge = Knowledge(inventory_of(source), RegistryNames(), vocabulary("duckdb"), "c")
    completions("SELECT * FROM t WHERE t.", typed, knowledge)
    completions("SELECT ", typed, knowledge)


@settings(max_examples=300, deadline=None)
@given(names=st.lists(NAMES, max_size=30), typed=NAMES)
def test_the_index_finds_what_looking_at_each_name_finds(names: list[str], typed: str) -> None:
    keys = {folded(name) for name in names}
    word = folded(typed)
    index = NameIndex(keys)
    found = {index.name(identifier): tier for tier, identifier in index.search(word, 1000)}
    expected = {key: tier for key in keys if (tier := tier_of(word, key)) is not None}
    assert found == expected
    assert [index.identifier(key) for key in sorted(keys)] == [
        index.identifiers()[key] for key in sorted(keys)
    ]


@settings(max_examples=200, deadline=None)
@given(names=st.lists(NAMES, max_size=30), typed=NAMES, limit=st.integers(1, 5))
def test_a_limit_keeps_the_best(names: list[str], typed: str, limit: int) -> None:
    index = NameIndex({folded(name) for name in names})
    word = folded(typed)
    assert index.search(word, limit) == index.search(word, 1000)[:limit]
    assert len(index.search_fuzzy(word, limit)) <= limit


def test_an_empty_index_finds_nothing() -> None:
    index = NameIndex([])
    assert (index.search("ab", 10), index.search_fuzzy("abcd", 10), len(index)) == ([], [], 0)
    assert index.identifiers() == {}


def test_tiers_are_in_order() -> None:
    tiers = [tier_of("id", name) for name in ("id", "ide", "a_id", "aide", "x")]
    assert tiers == [Tier.EXACT, Tier.PREFIX, Tier.WORD_START, Tier.SUBSTRING, None]


WORDS_OF_LETTERS = st.text(alphabet="abcde_", min_size=5, max_size=12)


@settings(max_examples=300, deadline=None)
@given(meant=WORDS_OF_LETTERS, others=st.lists(WORDS_OF_LETTERS), data=st.data())
def test_one_mistake_is_forgiven(meant: str, others: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(meant) - 2))
    typed = data.draw(
        st.sampled_from(
            [
                meant[:at] + "x" + meant[at + 1 :],
                meant[:at] + "x" + meant[at:],
                meant[:at] + meant[at + 1] + meant[at] + meant[at + 2 :],
            ]
        )
    )
    index = NameIndex([meant, *others])
    assert meant in [index.name(one) for one in index.search_fuzzy(typed, 1000)]
