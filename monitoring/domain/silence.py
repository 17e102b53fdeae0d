"""Silences: which alerts one is about, and what is to be said of it when."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

# What an alert is looked at by. Each matcher that is given must hold; none at all is refused.
MATCHED = (
    "rule", "category", "level", "account", "group", "customer", "counter", "contract", "exchange",
)  # fmt: skip
# A silence that nobody ends is over by then: what was meant for a week must not hide a year.
LENGTH_MAX = timedelta(days=7)
# A maintenance window may be planned so long ahead.
AHEAD_MAX = timedelta(days=90)
# How long before its end it is said that it ends, of a short one a quarter of its length.
WARNED_BEFORE = timedelta(minutes=15)

Facts = Mapping[str, frozenset[str]]


class Step(StrEnum):
    """What is said of a silence, each once."""

    BEGUN = "begun"
    ENDING = "ending"
    ENDED = "ended"


class SilenceState(StrEnum):
    """Where in its life a silence is."""

    PLANNED = "planned"
    ACTIVE = "active"
    ENDED = "ended"


def covers(matchers: Mapping[str, str], facts: Facts) -> bool:
    """Whether an alert of these facts is meant; a silence without matchers means none."""
    return bool(matchers) and all(
        value in facts.get(name, frozenset()) for name, value in matchers.items()
    )


def state_at(starts: datetime, ends: datetime, now: datetime) -> SilenceState:
    if now >= ends:
        return SilenceState.ENDED
    return SilenceState.ACTIVE if now >= starts else SilenceState.PLANNED


def ending_from(starts: datetime, ends: datetime) -> datetime:
    """From when on it is about to end."""
    return ends - min(WARNED_BEFORE, (ends - starts) / 4)


def step_at(starts: datetime, ends: datetime, now: datetime) -> Step | None:
    """The newest thing there is to say of it."""
    if now < starts:
        return None
    if now >= ends:
        return Step.ENDED
    return Step.ENDING if now >= ending_from(starts, ends) else Step.BEGUN
