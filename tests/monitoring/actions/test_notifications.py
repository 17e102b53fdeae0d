"""Notifications through Apprise: one message for a storm, tried again, and no secret told."""

import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from monitoring.actions.deliver_notifications import (
    NAMED_MAX,
    channels_due,
    deliver_notifications,
)
from monitoring.actions.queue_notifications import queue_texts
from monitoring.actions.send_message import send_message
from monitoring.domain.backoff import ATTEMPTS_MAX
from monitoring.models import Channel, Notification
from riskgw.messages.alert import Reading
from tests.receiver import Receiver, receiving
from tests.telling import CHANNEL_VARIABLE, channel, routed, stored

pytestmark = pytest.mark.django_db

TOKEN = "sEcretToken42"


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    with receiving() as found:
        monkeypatch.setenv(CHANNEL_VARIABLE, f"json://{found.place}/{TOKEN}")
        yield found


def deliver(to: Channel, seconds: float = 0) -> int:
    """As so many seconds from now."""
    return deliver_notifications(to.pk, lambda: timezone.now() + timedelta(seconds=seconds))


def test_an_alert_reaches_the_channel_it_is_routed_to(receiver: Receiver) -> None:
    to = routed()
    stored("n1")
    assert deliver(to) == 1
    (heard,) = receiver.heard
    assert heard.path == f"/{TOKEN}"
    assert heard.json["title"].startswith("[warn] P01")
    row = Notification.objects.get()
    assert (row.state, row.attempts, row.grouped, row.log[0]["result"]) == ("sent", 1, 1, "sent")
    assert deliver(to, 3600) == 0


@pytest.mark.parametrize(
    ("language", "reading", "told"),
    [
        ("en", Reading("instant_cancels", 401, "gt", 400, "count"), "401 > 400"),
        ("en", Reading("stopped", "0.425", "ge", "0.4", "ratio"), "42.5 % ≥ 40 %"),
        ("zh-hans", Reading("stopped", 5001, "gt", 5000, "ms"), "5001 毫秒 > 5000 毫秒"),
        ("zh-hans", Reading("stopped", "3.5", "ge", "3", "times"), "3.5 倍 ≥ 3 倍"),
    ],
)
def test_a_figure_is_told_with_its_unit_in_the_channels_language(
    language: str, reading: Reading, told: str
) -> None:
    routed(channel(language=language))
    stored("n1", values=(reading,))
    text = Notification.objects.get().text
    assert f" {told}\n" in text
    # What no indicator counts is called as its rule.
    assert "stopped" not in text


def test_a_storm_is_one_message_and_the_next_waits_its_turn(receiver: Receiver) -> None:
    to = routed(channel(interval_seconds=30))
    stored("n0")
    deliver(to)
    for number in range(1, 101):
        stored(f"n{number}", key={"account": f"A{number}"})
    assert deliver(to) == 0
    assert channels_due(timezone.now()) == []
    assert deliver(to, 31) == 1
    heard = receiver.heard[-1].json
    assert heard["title"] == "100 messages"
    lines = heard["message"].splitlines()
    assert lines[-1] == f"and {100 - NAMED_MAX} more"
    assert len(lines) == NAMED_MAX + 1
    assert len(receiver.heard) == 2
    assert set(Notification.objects.values_list("state", flat=True)) == {"sent"}
    assert Notification.objects.filter(grouped=100).count() == 100


def test_what_fails_is_tried_again_with_pauses_and_then_given_up(receiver: Receiver) -> None:
    receiver.answers = [500] * 100
    to = routed(channel(interval_seconds=0))
    stored("n1")
    deliver(to)
    assert deliver(to) == 0
    for attempt in range(ATTEMPTS_MAX + 3):
        deliver(to, 3600 * (attempt + 1))
    row = Notification.objects.get()
    assert (row.state, row.attempts) == ("failed", ATTEMPTS_MAX)
    assert len(receiver.heard) == ATTEMPTS_MAX
    assert "error=500" in row.log[0]["result"]


def test_one_failure_is_made_good(receiver: Receiver) -> None:
    receiver.answers = [503]
    to = routed()
    stored("n1")
    deliver(to)
    deliver(to, 60)
    row = Notification.objects.get()
    assert (row.state, len(row.log)) == ("sent", 2)


def test_no_log_and_no_result_shows_the_address_of_a_channel(
    receiver: Receiver, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    to = routed()
    stored("n1")
    for seconds, place in ((0, receiver.place), (3600, "127.0.0.1:1"), (7200, "nowhere.invalid")):
        monkeypatch.setenv(CHANNEL_VARIABLE, f"json://user:{TOKEN}pw@{place}/{TOKEN}?x={TOKEN}y")
        receiver.answers = [500]
        deliver(to, seconds)
    told = caplog.text + str(list(Notification.objects.values())) + str(Channel.objects.values())
    assert Notification.objects.get().attempts == 3
    assert TOKEN.lower() not in told.lower()


def test_a_refusal_that_repeats_the_address_is_blotted_out() -> None:
    sent = send_message(f"nonsense://{TOKEN}", "", "t", "t")
    assert not sent.is_sent
    assert TOKEN not in sent.result


def test_without_its_variable_a_channel_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(CHANNEL_VARIABLE, raising=False)
    to = routed()
    stored("n1")
    deliver(to)
    result = Notification.objects.get().log[0]["result"]
    assert result == "the environment variable is not set"


def test_messages_to_people_go_alone_each_to_its_address(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CHANNEL_VARIABLE, f"json://{receiver.place}/to/{{address}}")
    to = channel(interval_seconds=600)
    for name in ("a+b@example.org", "c/d?e=f"):
        Notification.objects.create(
            channel=to, kind="warning", address=name, title="t", text="t", due_at=timezone.now()
        )
    assert deliver(to) == 2
    assert len(receiver.heard) == 2
    first, second = (heard.path for heard in receiver.heard)
    assert first.startswith("/to/a")
    assert "?" not in second, "an address stays within its place"


def test_one_text_goes_to_each_channel_in_its_language() -> None:
    channels = [channel("one"), channel("two", language="zh-hans")]
    queue_texts(channels, Notification.Kind.SILENCE, {"en": "Hush\nnow", "zh-hans": "静默\n现在"})
    rows = Notification.objects.order_by("pk").values_list("title", "text")
    assert list(rows) == [("Hush", "now"), ("静默", "现在")]


def test_a_channel_that_is_not_in_use_keeps_what_waits(receiver: Receiver) -> None:
    to = routed()
    stored("n1")
    Channel.objects.update(is_active=False)
    assert channels_due(timezone.now()) == []
    assert deliver(to) == 0
    Channel.objects.update(is_active=True)
    assert channels_due(timezone.now()) == [to.pk]
    assert deliver(to) == 1
