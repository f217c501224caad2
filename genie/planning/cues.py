"""Small words that say what to do with the names around them: by, not, more than, top five."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from genie.language.words import Token

UNITS = {
    word: unit
    for unit, words in {
        "min": "minute minutes min mins",
        "h": "hour hours hr hrs h",
        "s": "second seconds sec secs s",
        "day": "days",
        "mi": "mile miles mi",
        "km": "kilometer kilometers kilometre kilometres km",
        "USD": "$ dollar dollars usd bucks",
        "EUR": "€ euro euros eur",
        "GBP": "£ pound pounds gbp",
        "kg": "kg kilo kilos kilogram kilograms",
        "mph": "mph",
    }.items()
    for word in words.split()
}


class CueKind(StrEnum):
    GROUP = "group"
    ORDER = "order"
    NOT = "not"
    COMPARE = "compare"
    SUPER = "super"
    LIMIT = "limit"
    DIRECTION = "direction"
    WHICH = "which"
    AND = "and"
    FROM = "from"
    TO = "to"
    WITH = "with"
    LIST = "list"
    NULL = "null"


@dataclass(frozen=True)
class Cue:
    """One cue over tokens `first` up to `after`. `op` is a comparison; `descending` None leaves the
    direction to whether the metric is better when lower, `best` then says which end.
    """

    kind: CueKind
    first: int
    after: int
    op: str = ""
    descending: bool | None = None
    best: bool = False
    count: int | None = None
    numbers: tuple[float, ...] = ()
    percent: bool = False
    unit: str = ""


Phrases = Mapping[tuple[str, ...], Cue]


def _table(kind: CueKind, phrases: str, **said: object) -> dict[tuple[str, ...], Cue]:
    words = [tuple(phrase.split()) for phrase in phrases.split("|")]
    return {phrase: Cue(kind, 0, 0, **said) for phrase in words}  # type: ignore[arg-type]


_PHRASES: Phrases = {
    **_table(
        CueKind.GROUP,
        "by|per|each|every|for each|for every|in each|of each|across|broken down by|split by|"
        "grouped by|group by|break down by|breakdown by|segmented by|split out by|for all|"
        "by each|separated by|sliced by|break it down by|break that down by|break this down by|"
        "split it by|split that by|grouped per|breakdown per|at each|on each|from each|to each",
    ),
    **_table(
        CueKind.ORDER,
        "sorted by|sort by|ordered by|order by|ranked by|rank by|in order of|in terms of|sort on|"
        "sort it by|sort them by|ordered on|rank them by",
    ),
    **_table(
        CueKind.NOT,
        "not|excluding|exclude|excl|sans|except|except for|without|other than|apart from|"
        "aside from|"
        "but not|ignoring|ignore|outside|outside of|minus|non|besides|leaving out|leave out|"
        "not including|do not include|rather than|all but|everything but|excludes|excluded|"
        "neither|neither from|neither in|neither of|not in|not from|not on|not for|not to|"
        "not of|not by|not with",
    ),
    **_table(
        CueKind.COMPARE,
        "more than|over|above|greater than|higher than|exceeding|exceed|exceeds|larger than|"
        "bigger than|beyond|>|longer than|older than|upwards of|in excess of|exceeded|later than",
        op=">",
    ),
    **_table(
        CueKind.COMPARE,
        "less than|under|below|fewer than|lower than|smaller than|<|shorter than|younger than|"
        "cheaper than|earlier than",
        op="<",
    ),
    **_table(
        CueKind.COMPARE,
        "at least|no less than|no fewer than|minimum of|>=|≥|not less than",
        op=">=",
    ),
    **_table(CueKind.COMPARE, "at most|no more than|up to|maximum of|<=|≤|not more than", op="<="),
    **_table(CueKind.COMPARE, "exactly|equal to|=", op="="),
    **_table(CueKind.COMPARE, "between", op="between"),
    **_table(
        CueKind.SUPER,
        "most|highest|largest|biggest|greatest|longest|maximum|max|strongest|top|leading|"
        "busiest|heaviest|number one|peak|most popular|most common|most frequent|commonest",
        descending=True,
    ),
    **_table(
        CueKind.SUPER,
        "least|fewest|lowest|smallest|shortest|minimum|bottom|quietest|least popular|"
        "least common|least frequent|rarest",
        descending=False,
    ),
    **_table(CueKind.SUPER, "best|best performing", best=True),
    **_table(CueKind.SUPER, "worst|worst performing|poorest", best=False),
    **_table(
        CueKind.DIRECTION,
        "highest first|largest first|descending|desc|in descending order|high to low|"
        "from highest to lowest|highest to lowest|largest to smallest|biggest first|most first|"
        "from high to low|decreasing|most expensive first|top first|longest first|busiest first|"
        "greatest first",
        descending=True,
    ),
    **_table(
        CueKind.DIRECTION,
        "lowest first|smallest first|ascending|asc|in ascending order|low to high|"
        "from lowest to highest|lowest to highest|smallest to largest|increasing|from low to high|"
        "least first|fewest first|cheapest first|shortest first",
        descending=False,
    ),
    **_table(CueKind.DIRECTION, "best first|starting with the best", op="first", best=True),
    **_table(CueKind.DIRECTION, "worst first|starting with the worst", op="first"),
    **_table(CueKind.DIRECTION, "rank|ranking|ranking of|rank the", descending=True),
    **_table(
        CueKind.DIRECTION, "alphabetically|alphabetical|chronologically|in alphabetical order"
    ),
    **_table(CueKind.WHICH, "which|what|who|which of the|what are the|which are the"),
    **_table(
        CueKind.AND,
        "and|nor|nor from|,|&|plus|as well as|along with|together with|and also|alongside|or",
    ),
    **_table(CueKind.AND, "vs|versus|against|compared to|compared with", op="versus"),
    **_table(
        CueKind.WITH,
        "with|where|whose|having|that have|that had|which have|which had|have|had|who have|who had",
    ),
    **_table(
        CueKind.NULL, "unknown|missing|null|empty|blank|unspecified|not set|undefined|not recorded"
    ),
    **_table(CueKind.LIST, "list|show|list all|show all|all|what are|which are"),
}
_LONGEST = max(len(phrase) for phrase in _PHRASES)
_ALL = frozenset(
    {"all", "every", "everything", "any", "each", "everywhere", "anywhere", "everyone", "everybody"}
)
_LIMITING = ("first", "top", "bottom", "best", "worst", "highest", "lowest", "largest", "busiest",
             "smallest", "biggest", "most", "least", "fewest", "leading")  # fmt: skip


def cues_of(tokens: Sequence[Token], taken: Sequence[bool]) -> list[Cue]:
    """The cues in order, longest phrases first; tokens that time has taken say nothing else."""
    found: list[Cue] = []
    at = 0
    while at < len(tokens):
        cue = None if taken[at] else _at(tokens, taken, at)
        if cue is None:
            at += 1
            continue
        found.append(cue)
        at = cue.after
    return found


def _at(tokens: Sequence[Token], taken: Sequence[bool], at: int) -> Cue | None:
    for size in range(min(_LONGEST, len(tokens) - at), 0, -1):
        if any(taken[at : at + size]) or any(token.quoted for token in tokens[at : at + size]):
            continue
        cue = _PHRASES.get(tuple(token.word for token in tokens[at : at + size]))
        if cue is not None:
            placed = _placed(cue, at, at + size)
            return _with_numbers(tokens, taken, placed)
    if tokens[at].word == "but" and _ALL & {token.word for token in tokens[max(at - 3, 0) : at]}:
        return Cue(CueKind.NOT, at, at + 1)  # `all categories but Bakery`
    return _after_number(tokens, taken, at)


def _placed(cue: Cue, first: int, after: int) -> Cue:
    return replace(cue, first=first, after=after)


def _number(tokens: Sequence[Token], taken: Sequence[bool], at: int) -> float | None:
    return tokens[at].number if at < len(tokens) and not taken[at] else None


def _with_numbers(tokens: Sequence[Token], taken: Sequence[bool], cue: Cue) -> Cue | None:
    number = _number(tokens, taken, cue.after)
    if cue.kind is CueKind.COMPARE:
        return _comparison(tokens, taken, cue, number)
    if cue.kind is CueKind.SUPER and number is not None and number == int(number) and number > 0:
        said = tokens[cue.first].word
        if said in _LIMITING:
            return Cue(CueKind.SUPER, cue.first, cue.after + 1, "", cue.descending, cue.best,
                       int(number))  # fmt: skip
    return cue


def _comparison(
    tokens: Sequence[Token], taken: Sequence[bool], cue: Cue, number: float | None
) -> Cue | None:
    if number is None:
        return None
    value, after, percent = _scaled(tokens, cue.after, number)
    if cue.op != "between":
        return _measured(
            tokens,
            Cue(CueKind.COMPARE, cue.first, after, cue.op, numbers=(value,), percent=percent),
        )
    if after >= len(tokens) or tokens[after].word not in ("and", "to", "-"):
        return None
    second = _number(tokens, taken, after + 1)
    if second is None:
        return None
    high, after, percent = _scaled(tokens, after + 1, second)
    found = Cue(
        CueKind.COMPARE, cue.first, after, "between", numbers=(value, high), percent=percent
    )
    return _measured(tokens, found)


def _measured(tokens: Sequence[Token], cue: Cue) -> Cue:
    """With the unit that follows the number, as metrics write it."""
    following = tokens[cue.after].word if cue.after < len(tokens) else ""
    unit = UNITS.get(following, "")
    sign = next((char for char in tokens[cue.after - 1].text if char in "$€£"), "")
    if unit:
        return replace(cue, after=cue.after + 1, unit=unit)
    return replace(cue, unit=UNITS[sign]) if sign else cue


def _scaled(tokens: Sequence[Token], at: int, number: float) -> tuple[float, int, bool]:
    """The number at `at` with the words after it that belong to it: `5 %`, `2 million`."""
    percent, after = tokens[at].percent, at + 1
    if after < len(tokens):
        following = tokens[after]
        if following.word in ("thousand", "million", "hundred") and following.number:
            return number * following.number, after + 1, percent
        if following.concept == "rate" and following.word in ("%", "percent", "pct"):
            return number, after + 1, True
    return number, after, percent


def _after_number(tokens: Sequence[Token], taken: Sequence[bool], at: int) -> Cue | None:
    """`5 best`, `10000 or more`."""
    number = _number(tokens, taken, at)
    if number is None:
        return None
    value, after, percent = _scaled(tokens, at, number)
    words = [token.word for token in tokens[after : after + 2]]
    if words[:1] in (["+"],):
        return Cue(CueKind.COMPARE, at, after + 1, ">=", numbers=(value,), percent=percent)
    if words in (["or", "more"], ["or", "above"], ["and", "above"], ["or", "greater"]):
        return Cue(CueKind.COMPARE, at, after + 2, ">=", numbers=(value,), percent=percent)
    if words in (["or", "less"], ["or", "fewer"], ["or", "below"], ["and", "below"]):
        return Cue(CueKind.COMPARE, at, after + 2, "<=", numbers=(value,), percent=percent)
    if number != int(number) or number <= 0 or words[:1] and words[0] not in _LIMITING:
        return None
    for size in (2, 1):  # `three most common`, `5 best`
        sup = _PHRASES.get(tuple(words[:size])) if len(words) >= size else None
        if sup is not None and sup.kind is CueKind.SUPER:
            return Cue(CueKind.SUPER, at, after + size, "", sup.descending, sup.best, int(number))
    return None
