"""Silences: whom they mean, and what is said of them when."""

from datetime import UTC, datetime, timedelta

import pytest

from monitoring.domain.silence import SilenceState, Step, covers, ending_from, state_at, step_at

STARTS = datetime(2026, 11, 23, 10, tzinfo=UTC)
ENDS = STARTS + timedelta(hours=2)
SECOND = timedelta(seconds=1)
FACTS = {"rule": frozenset({"P01"}), "account": frozenset({"A"}), "group": frozenset({"G", "H"})}


@pytest.mark.parametrize(
    ("matchers", "is_meant"),
    [
        ({"rule": "P01"}, True),
        ({"rule": "P01", "account": "A"}, True),
        ({"rule": "P01", "account": "B"}, False),
        ({"group": "H"}, True),
        ({"contract": "SSE:600000"}, False),
        ({}, False),
    ],
)
def test_all_matchers_must_fit_and_no_matcher_means_nothing(
    matchers: dict[str, str], is_meant: bool
) -> None:
    assert covers(matchers, FACTS) is is_meant


@pytest.mark.parametrize(
    ("at", "state", "step"),
    [
        (STARTS - SECOND, SilenceState.PLANNED, None),
        (STARTS, SilenceState.ACTIVE, Step.BEGUN),
        (ENDS - timedelta(minutes=15) - SECOND, SilenceState.ACTIVE, Step.BEGUN),
        (ENDS - timedelta(minutes=15), SilenceState.ACTIVE, Step.ENDING),
        (ENDS - SECOND, SilenceState.ACTIVE, Step.ENDING),
        (ENDS, SilenceState.ENDED, Step.ENDED),
    ],
)
def test_a_silence_is_announced_as_it_begins_before_it_ends_and_when_it_has(
    at: datetime, state: SilenceState, step: Step | None
) -> None:
    assert state_at(STARTS, ENDS, at) is state
    assert step_at(STARTS, ENDS, at) is step


def test_a_short_silence_says_in_its_last_quarter_that_it_ends() -> None:
    ends = STARTS + timedelta(minutes=8)
    assert ending_from(STARTS, ends) == STARTS + timedelta(minutes=6)
