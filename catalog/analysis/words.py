"""Names as people write them: their words, singular and plural, and how they read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache


def listed(words: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(words.split())


_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SEPARATORS = re.compile(r"[^A-Za-z0-9]+")
_LAYERS = listed(
    "dim fct fact facts stg stage raw src int tbl tb vw mart bronze silver gold d f v t base dwh dw"
)
_LAYER_ENDS = listed(
    "dim fact facts table tbl master view dimension export exports extract import file list data "
    "csv raw clean cleaned final tmp temp backup latest current v1 v2 v3 daily weekly monthly "
    "hourly yearly quarterly"
)
_SAME_IN_BOTH = listed(
    "series species news sales status address business process access weather inventory data "
    "staff stock bonus campus bus gas lens analysis basis class progress success loss press "
    "mass pass cross"
)
_IRREGULAR = {
    "people": "person", "children": "child", "men": "man", "women": "woman", "indices": "index",
    "analyses": "analysis", "statuses": "status", "addresses": "address", "buses": "bus",
    "movies": "movie", "cookies": "cookie", "shoes": "shoe", "leaves": "leave", "axes": "axis",
    "matrices": "matrix", "vertices": "vertex", "bonuses": "bonus", "campuses": "campus",
    "houses": "house", "warehouses": "warehouse", "expenses": "expense", "licenses": "license",
    "purchases": "purchase", "releases": "release", "cases": "case", "databases": "database",
    "courses": "course", "nurses": "nurse", "responses": "response", "invoices": "invoice",
    "exercises": "exercise", "diagnoses": "diagnosis", "leases": "lease", "causes": "cause",
    "closes": "close", "doses": "dose", "phases": "phase", "franchises": "franchise",
    "enterprises": "enterprise", "increases": "increase", "uses": "use", "senses": "sense",
}  # fmt: skip
_PLURALS = {singular: plural for plural, singular in _IRREGULAR.items()}
_ACRONYMS = listed(
    "id sku url ip vat gdp usd eur gbp mrr arr ctr cpc roi utc api kpi nps gmv aov pnl fx "
    "isbn ean upc hr it"
)
_NAME_CHARACTERS = 64


@lru_cache(maxsize=4096)
def words_of(name: str) -> tuple[str, ...]:
    """The words of a column's or table's name, lower case: `OrderID` and `order_id` are alike."""
    spaced = _BOUNDARY.sub("_", name)
    return tuple(word.lower() for word in _SEPARATORS.split(spaced) if word)


_KEY_ENDS = ("id", "key")
_NOT_KEYS = listed(
    "paid valid void grid bid aid said raid fluid android covid hybrid rapid solid liquid "
    "acid kid lid mid avoid invalid unpaid prepaid humid uuid guid oid rid monkey turkey "
    "hockey whiskey donkey jockey steroid arachnid plaid braid maid laid"
)
_LONGEST_PREFIX = 4


def column_words(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The words of each column of a table, without a prefix that all of them share (`l_orderkey`,
    `l_tax`), and with endings that say it is a key told apart (`custkey`, `userid`)."""
    found = {name: words_of(name) for name in names}
    firsts = {words[0] for words in found.values() if len(words) > 1}
    shared = len(found) > 2 and len(firsts) == 1 and all(len(words) > 1 for words in found.values())
    if shared and len(next(iter(firsts))) <= _LONGEST_PREFIX:
        found = {name: words[1:] for name, words in found.items()}
    return {name: tuple(_with_key_told(words)) for name, words in found.items()}


def _with_key_told(words: tuple[str, ...]) -> Iterator[str]:
    for word in words:
        ending = next((end for end in _KEY_ENDS if word.endswith(end)), "")
        stem = word[: -len(ending)] if ending else ""
        if len(stem) >= 3 and word not in _NOT_KEYS:
            yield from (stem, ending)
        else:
            yield word


def table_words(table: str) -> tuple[str, ...]:
    """The words of a table's name without what says its layer: `dim_customers`, `stg_orders`."""
    words = list(words_of(table))
    while len(words) > 1 and words[0] in _LAYERS:
        words.pop(0)
    while len(words) > 1 and words[-1] in _LAYER_ENDS:
        words.pop()
    return tuple(words)


def singular(word: str) -> str:
    """One of it: customers -> customer, companies -> company, boxes -> box."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word in _SAME_IN_BOTH or len(word) < 4 or not word.endswith("s") or word.endswith("ss"):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    if word.endswith(("us", "is")):
        return word
    return word[:-1]


def plural(word: str) -> str:
    """Many of it: customer -> customers, company -> companies, box -> boxes."""
    if word in _PLURALS:
        return _PLURALS[word]
    if word in _SAME_IN_BOTH or (word.endswith("s") and singular(word) != word):
        return word
    if word.endswith("y") and word[-2:-1] not in tuple("aeiou"):
        return word[:-1] + "ies"
    if word.endswith(("s", "sh", "ch", "x", "z")):
        return word + "es"
    return word + "s"


def singular_name(words: Iterable[str]) -> str:
    """What one row of a table of this name is: (order, items) -> order_item."""
    found = list(words)
    return identifier([*found[:-1], *(singular(word) for word in found[-1:])])


def plural_name(name: str) -> str:
    """Many of an entity: order_item -> order_items."""
    head, _, tail = name.rpartition("_")
    return f"{head}_{plural(tail)}" if head else plural(tail)


def identifier(words: Iterable[str], fallback: str = "item") -> str:
    """A name the model language takes: lower case, digits, single underscores, at most 64."""
    text = re.sub(r"[^a-z0-9]+", "_", "_".join(words).lower()).strip("_")
    if not text:
        text = fallback
    if not text[0].isalpha():
        text = f"{fallback}_{text}"
    return text[:_NAME_CHARACTERS].rstrip("_")


def readable(name: str) -> str:
    """A name as a label: `order_count` -> `Order count`, `sku_id` -> `SKU ID`."""
    words = [word.upper() if word in _ACRONYMS else word for word in words_of(name)]
    text = " ".join(words)
    return text[:1].upper() + text[1:]


def abbreviates(short: str, word: str) -> bool:
    """Whether a word is shortened so: cust and customer, dept and department, acct and account."""
    if len(short) < 3 or len(short) >= len(word) or short[0] != word[0]:
        return False
    if word.startswith(short):
        return True
    letters = iter(word)
    consonants = [letter for letter in short if letter not in "aeiou"]
    return len(consonants) >= 3 and all(letter in letters for letter in short)
