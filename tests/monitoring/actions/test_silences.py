"""Silences: made with a reason and an end, and announced, each thing once."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils import timezone

from monitoring.actions.announce_silences import announce_silences
from monitoring.actions.make_silence import (
    SilenceOver,
    SilenceUnknown,
    end_silence,
    extend_silence,
    make_silence,
)
from monitoring.domain.silence import SilenceState
from monitoring.models import Notification, Silence
from tests.telling import after, channel, routed, silence, stored, user

pytestmark = pytest.mark.django_db

HOUR = 3600


def said() -> list[str]:
    rows = Notification.objects.filter(kind="silence").order_by("pk")
    return [title.partition(":")[0] for title in rows.values_list("title", flat=True)]


def made(**changes: Any) -> Silence:
    values: dict[str, Any] = {"rule": "P01", "reason": "drill", "ends_at": after(HOUR)}
    return make_silence(user(), values | changes)


def look(*seconds: float) -> None:
    for each in seconds:
        announce_silences(timezone.now() + timedelta(seconds=each))


def test_a_silence_is_announced_as_it_begins_before_it_ends_and_when_it_has() -> None:
    routed(tells_silences=True)
    routed(channel("other"))
    made()
    look(1, 2, HOUR - 900, HOUR - 800, HOUR, HOUR + 5)
    assert said() == ["Silence has begun", "Silence ends soon", "Silence has ended"]


def test_the_last_announcement_counts_what_is_still_open() -> None:
    routed(tells_silences=True)
    made()
    stored()
    look(HOUR)
    last = Notification.objects.filter(kind="silence").latest("pk")
    assert "still open: 1" in last.text
    assert "drill" in last.text


def test_a_maintenance_window_is_announced_when_it_begins() -> None:
    routed(tells_silences=True)
    window = made(starts_at=after(HOUR), ends_at=after(2 * HOUR))
    assert window.state() is SilenceState.PLANNED
    assert said() == []
    assert stored("n1").silence is None
    look(HOUR + 1)
    assert said() == ["Silence has begun"]


def test_one_that_ended_while_nobody_looked_is_still_said_to_have_ended() -> None:
    routed(tells_silences=True)
    made()
    look(5 * HOUR)
    assert said() == ["Silence has begun", "Silence has ended"]


@pytest.mark.parametrize(
    "changes",
    [
        {"rule": ""},
        {"reason": ""},
        {"ends_at": None},
        {"ends_at": after(-1)},
        {"ends_at": after(7 * 86400 + 3600)},
        {"starts_at": after(91 * 86400), "ends_at": after(91 * 86400 + 60)},
        {"level": "loud"},
    ],
)
def test_a_silence_needs_a_matcher_a_reason_and_an_end_that_is_near(changes: Any) -> None:
    with pytest.raises(ValidationError):
        made(**changes)
    assert not Silence.objects.exists()


@pytest.mark.parametrize(
    "changes", [{"rule": "", "reason": "x"}, {"rule": "P01", "reason": ""}, {"ends_at": after(-9)}]
)
def test_the_database_refuses_what_no_form_let_through(changes: Any) -> None:
    with pytest.raises(IntegrityError):
        silence(**({"rule": "P01"} | changes))


def test_a_silence_that_is_extended_says_again_that_it_ends() -> None:
    routed(tells_silences=True)
    pk = made().pk
    look(HOUR - 60)
    extend_silence(pk, after(2 * HOUR))
    look(HOUR, 2 * HOUR - 60, 2 * HOUR)
    assert said() == [
        "Silence has begun", "Silence ends soon", "Silence ends soon", "Silence has ended",
    ]  # fmt: skip


def test_no_extension_makes_a_silence_longer_than_any_may_be() -> None:
    with pytest.raises(ValidationError):
        extend_silence(made().pk, after(8 * 86400))


def test_a_silence_that_is_ended_is_over_at_once_and_stays_so() -> None:
    routed(tells_silences=True)
    pk = made().pk
    assert end_silence(pk).state() is SilenceState.ENDED
    assert stored().silence is None
    look(0, HOUR)
    assert said() == ["Silence has begun", "Silence has ended"]
    with pytest.raises(SilenceOver):
        end_silence(pk)
    with pytest.raises(SilenceOver):
        extend_silence(pk, after(HOUR))


def test_a_window_may_be_called_off_before_it_begins() -> None:
    window = made(starts_at=after(HOUR), ends_at=after(2 * HOUR))
    assert end_silence(window.pk).state() is SilenceState.ENDED


def test_a_silence_that_is_not_there_is_not_ended() -> None:
    with pytest.raises(SilenceUnknown):
        end_silence(4711)


def test_who_changes_a_silence_stands_in_its_history() -> None:
    made_one = made()
    extend_silence(made_one.pk, after(2 * HOUR))
    ends: list[datetime] = list(made_one.history.order_by("pk").values_list("ends_at", flat=True))
    assert len(ends) == 2
    assert ends[1] > ends[0]
