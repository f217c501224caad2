"""What goes into planning a question, and what comes out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from genie.planning.catalog import Catalog
from genie.planning.frame import Frame
from genie.planning.values import ValueSource


class Outcome(StrEnum):
    ANSWERED = "answered"
    ASKED_BACK = "asked_back"
    REFUSED = "refused"
    EXPLAINED = "explained"
    """A question about what a metric means."""


@dataclass(frozen=True)
class Option:
    """A way to go on: `text` is what to send next."""

    label: str
    text: str


@dataclass(frozen=True)
class Plan:
    """What to do about a question. `frame` is set when it is answered, and the best guess when the
    person is asked; `message` is what to say to them."""

    outcome: Outcome
    message: str
    confidence: float
    frame: Frame | None = None
    options: tuple[Option, ...] = ()
    unknown: tuple[str, ...] = ()
    followed: bool = False
    beyond: bool = False
    """No governed metric answers it, but something else might."""
    tied: bool = False
    """Readings are about equally plausible."""
    evidence: float = 0.0
    """What `confidence` comes of: it orders readings and is no probability."""


@dataclass(frozen=True)
class Asking:
    """What a question is asked of and when: `today` is the day where the person is; `context` is
    what the conversation last understood."""

    catalog: Catalog
    source: ValueSource
    today: date
    context: Frame | None = None
