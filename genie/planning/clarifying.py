"""Asking back: what is not sure, in words for people, and whole queries to choose from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from genie.planning.asking import Asking, Option, Outcome, Plan
from genie.planning.beyond import nearest
from genie.planning.candidates import Candidate
from genie.planning.catalog import Term, is_name, key_of
from genie.planning.explaining import explained
from genie.planning.frame import METRIC_TIME, Frame, Group, Order
from genie.planning.rewording import as_question
from genie.planning.values import Coverage

MOST_OPTIONS = 5
_NEAR = 0.8
"""Readings further below the best are not worth offering."""


@dataclass(frozen=True)
class Clarifier:
    """Questions back about the readings `found`, the best first. `again` plans a question without
    offering anything; where it is None no options are made.
    """

    asking: Asking
    found: Sequence[Candidate]
    again: Callable[[str, Asking], Plan] | None

    @property
    def best(self) -> Candidate:
        return self.found[0]

    def missing(self) -> Plan:
        """The question lacks its metric, or what to group by."""
        if self.best.reading.missing == "group":
            return self.not_understood() if self.best.reading.unknown else self._which_group()
        if self.best.reading.unknown:
            return self._no_metric()
        options = self._offered(self._with_metrics())
        message = (
            f"Which number do you want? {can_ask(self.asking)}"
            if options
            else f"I found no metric in the question. {can_ask(self.asking)}"
        )
        outcome = Outcome.ASKED_BACK if options else Outcome.REFUSED
        return Plan(outcome, message, 0.2, self.best.frame, options)

    def not_understood(self) -> Plan:
        """Some words are explained by nothing."""
        words = self.best.reading.unknown
        named = " and ".join(f"'{word}'" for word in words)
        without = [item.frame for item in self.found[:3] if item.reading.unknown == words]
        options = self._offered(without[:2])
        rest = "Without it, I could answer this:" if options else can_ask(self.asking)
        message = f"I do not understand {named}. {rest}"
        confidence = round(0.35 / len(words), 2)
        return self._asked(message, confidence, options, words, beyond=True)

    def outside(self, coverage: Coverage) -> Plan:
        """There is no data in the time that is asked for."""
        same = self.best.timing.same_of_data
        options = self._offered([same] if same is not None else [])
        message = (
            f"{explained(self.best.frame, self.asking.catalog)} But the data runs from "
            f"{coverage.first} to {coverage.last}: there is nothing in that time."
        )
        if options:
            message += " Shall I take the latest such period of the data?"
        return self._asked(message, 0.35, options)

    def several(self, rivals: Sequence[Candidate]) -> Plan:
        """Readings that are about as plausible as the best."""
        frames = [item.frame for item in (self.best, *rivals)]
        options = self._offered(frames)
        message = "I can read this in more than one way. Which do you mean?"
        if len(options) < 2:
            said = dict.fromkeys(explained(frame, self.asking.catalog) for frame in frames)
            message = f"I can read this in more than one way: {' Or: '.join(said)}"
        return replace(self._asked(message, self.best.confidence, options), tied=True)

    def unsure(self) -> Plan:
        """The best reading is too doubtful to be answered."""
        best = self.best
        reasons = [reason for factor, reason in best.doubts if factor < 0.9]
        said = "; ".join(dict.fromkeys(reasons))
        frames = nearest(best.draft, best.frame, self.asking.catalog)
        if not frames:
            score = best.reading.score
            frames = [c.frame for c in self.found if score - c.reading.score < _NEAR]
            frames[1:1] = [replace(best.frame, metrics=(name,)) for name in best.draft.instead]
            frames[1:1] = _other_values(best)
        options = self._offered(frames)
        message = f"I cannot answer that: {said}. {can_ask(self.asking)}"
        if options:
            message = f"I am not sure: {said}. Do you mean one of these?"
        if options and best.draft.beyond is not None:
            message = f"{said[:1].upper()}{said[1:]}. The nearest that I can answer:"
        return self._asked(message, best.confidence, options)

    def still_open(self) -> Plan:
        """It goes on from a question that was asked back: its best reading is nobody's choice."""
        options = self._offered([self.best.frame])
        said = explained(self.best.frame, self.asking.catalog)
        return self._asked(
            f"The question before is still open. Do you mean this? {said}", 0.5, options
        )

    # ------------------------------------------------------------ what is lacking

    def _no_metric(self) -> Plan:
        words = self.best.reading.unknown
        named = ", ".join(f"'{word}'" for word in words)
        options = self._offered(self._with_metrics()) if self.best.frame.groups else ()
        return Plan(
            Outcome.ASKED_BACK if options else Outcome.REFUSED,
            f"I know no metric for this; I do not understand {named}. {can_ask(self.asking)}",
            0.1,
            None,
            options,
            words,
            beyond=True,
        )

    def _with_metrics(self) -> list[Frame]:
        """The same question with each of the metrics that can be split so, certified ones first."""
        catalog, best = self.asking.catalog, self.best
        needed = [group.member for group in best.frame.groups]
        needed += [item.field for item in best.frame.filters]
        needed += [METRIC_TIME] if best.frame.range is not None else []
        fitting = [
            term
            for term in catalog.metrics.values()
            if all(name in catalog.reachable(term.name) for name in needed)
            and len(term.models) == 1
        ]
        fitting.sort(key=lambda term: (not term.certified, len(term.name), term.name))
        plain = [replace(best.frame, metrics=(term.name,), order=()) for term in fitting]
        ranked = best.draft.supers and best.frame.groups
        frames = [
            _ranked(best, frame, term) if ranked else frame
            for frame, term in zip(plain, fitting, strict=True)
        ]
        return frames[:MOST_OPTIONS]

    def _which_group(self) -> Plan:
        groups = self._likely_groups()
        options = self._offered([self._grouped(group) for group in groups])
        named = ", ".join(group.label for group in groups) or "a dimension"
        message = f"By what shall I compare? Name what to group by, such as {named}."
        return self._asked(message, 0.3, options)

    def _likely_groups(self) -> list[Group]:
        """What the metric can be grouped by: first what the question names, names before keys."""
        catalog = self.asking.catalog
        said = {token.concept for token in self.best.draft.tokens}
        reachable = catalog.reachable(self.best.frame.metrics[0])
        terms = [catalog.members[name] for name in reachable if name in catalog.members]
        models = {model for term in self.best.draft.metrics for model in term.models}
        terms = [
            term for term in terms if not (term.is_time or catalog.is_row_key(term.name, models))
        ]
        terms.sort(
            key=lambda term: (
                not said & key_of(term.name.replace("__", " ")),
                not is_name(term.name),
                term.hops,
                term.name,
            )
        )
        return [Group(term.name, term.name, term.label) for term in terms[: MOST_OPTIONS - 1]]

    def _grouped(self, group: Group) -> Frame:
        """The question's frame by the group, in the order that it asks for."""
        frame = replace(self.best.frame, groups=(group,))
        if self.best.draft.supers:
            return _ranked(self.best, frame, self.best.draft.metrics[0])
        return replace(frame, order=(Order(frame.metrics[0], True),))

    # ------------------------------------------------------------ options

    def _offered(self, frames: Sequence[Frame]) -> tuple[Option, ...]:
        """Questions that are understood as just these frames: others are not offered."""
        if self.again is None:
            return ()
        alone = replace(self.asking, context=None)
        found: dict[str, Option] = {}
        for frame in frames[:MOST_OPTIONS]:
            text = as_question(frame, self.asking.catalog)
            again = self.again(text, alone)
            if again.outcome is not Outcome.ANSWERED or again.frame is None:
                continue
            if _without_order(again.frame) == _without_order(frame):
                label = explained(again.frame, self.asking.catalog)
                found.setdefault(text, Option(label, text))
        return tuple(found.values())

    def _asked(
        self,
        message: str,
        confidence: float,
        options: tuple[Option, ...],
        unknown: tuple[str, ...] = (),
        *,
        beyond: bool = False,
    ) -> Plan:
        best = self.best
        return Plan(
            Outcome.ASKED_BACK,
            message,
            confidence,
            best.frame,
            options,
            unknown,
            best.followed,
            beyond,
        )


def can_ask(asking: Asking) -> str:
    """Some metrics that can be asked for, certified ones first."""
    terms = sorted(
        asking.catalog.metrics.values(), key=lambda t: (not t.certified, len(t.label), t.label)
    )
    labels = [term.label for term in terms[:6]]
    if not labels:
        return "There are no metrics that you may ask for."
    return f"You can ask for {', '.join(labels)}" + (" and more." if len(terms) > 6 else ".")


def _ranked(best: Candidate, frame: Frame, metric: Term) -> Frame:
    """The frame in the order of the question's superlative, for a metric that it may be about."""
    cue = best.draft.supers[-1]
    descending = cue.descending
    if descending is None:
        descending = cue.best is not metric.lower_is_better
    limit = best.draft.count if best.draft.count is not None else cue.count
    if limit is None and best.draft.singular:
        limit = 1
    return replace(frame, order=(Order(metric.name, descending),), limit=limit)


def _without_order(frame: Frame) -> dict[str, object]:
    body = frame.body()
    if frame.limit is None:
        body.pop("order_by", None)
    return body


def _other_values(best: Candidate) -> list[Frame]:
    """The frame with each choice of values that the words may mean."""
    return [
        replace(
            best.frame,
            filters=tuple(
                replace(item, values=values) if item.field == member else item
                for item in best.frame.filters
            ),
        )
        for member, choices in best.draft.choices
        for values in choices
    ]
