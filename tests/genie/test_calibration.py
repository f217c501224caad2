"""Confidence is how likely a reading is right, as fitted on golden questions and paraphrases."""

from __future__ import annotations

from genie.evaluation.calibrating import calibration_error, reliability
from genie.planning.asking import Outcome
from genie.planning.calibration import SURE, probability
from tests.genie.fit_confidence import fitted, judged


def test_the_table_fits_the_questions() -> None:
    """`python -m tests.genie.fit_confidence` prints the table, should this fail."""
    assert calibration_error((plan.confidence, right) for plan, right in judged()) < 0.08


def test_what_is_answered_is_right() -> None:
    answered = [(plan, right) for plan, right in judged() if plan.outcome is Outcome.ANSWERED]
    assert len(answered) > 120
    assert not [plan.message for plan, right in answered if not right]
    assert min(plan.confidence for plan, _ in answered) >= SURE


def test_confidence_grows_with_evidence() -> None:
    shares = [probability(step / 100) for step in range(101)]
    assert shares == sorted(shares)
    assert 0 < shares[0] < SURE <= shares[-1] < 1


def test_bins_tell_how_often_a_confidence_was_right() -> None:
    bins = reliability([(0.95, True), (0.97, True), (0.96, False), (0.3, False), (1.0, True)])
    assert [(item.low, item.count, item.right) for item in bins] == [(0.3, 1, 0), (0.95, 4, 3)]
    assert calibration_error([(1.0, True), (0.5, False)]) == 0.25
    assert calibration_error([]) == 0


def test_a_fit_pools_what_is_out_of_order() -> None:
    seen = [(0.15, True)] * 8 + [(0.25, False)] * 8 + [(0.97, True)] * 8
    table = fitted(seen)
    assert [low for low, _ in table] == [0.1, 0.2, 0.95]
    assert table[0][1] == table[1][1] == 0.5
    assert table[2][1] == 0.9
