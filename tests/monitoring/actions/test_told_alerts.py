"""Which alerts people are told of: each step up of an episode once, nothing of rules on trial."""

from typing import Any

import msgspec
import pytest

from monitoring.actions.store_alerts import AlertContext, alert_rows, store_alerts, write_alerts
from monitoring.models import Alert, Notification, WebhookDelivery
from riskgw.kernel.words import Level
from tests.alerts import alert_message
from tests.telling import (
    ACCOUNT,
    account,
    after,
    channel,
    climbed,
    endpoint,
    p01,
    routed,
    silence,
    stored,
)

pytestmark = pytest.mark.django_db


def told() -> list[str]:
    """Numbers of the alerts that notifications are about, in order."""
    rows = Notification.objects.order_by("pk").values_list("alert__number", flat=True)
    return [str(number) for number in rows]


def called() -> list[str]:
    bodies = WebhookDelivery.objects.order_by("pk").values_list("body", flat=True)
    return [msgspec.json.decode(body)["data"]["id"] for body in bodies]


def newest() -> set[str]:
    return set(Alert.objects.filter(is_newest=True).values_list("number", flat=True))


def test_each_step_up_of_an_episode_is_told_and_the_highest_is_the_newest() -> None:
    routed()
    endpoint()
    stored("n1")
    climbed(Level.RESTRICT, "n2")
    climbed(Level.LIMIT, "n3")
    assert told() == called() == ["n1", "n2", "n3"]
    assert newest() == {"n3"}
    assert len(set(Alert.objects.values_list("episode_id", flat=True))) == 1


def test_an_alert_no_higher_than_its_episode_stands_is_stored_and_not_told() -> None:
    routed()
    climbed(Level.LIMIT, "n1")
    climbed(Level.WARN, "n2")
    assert told() == ["n1"]
    assert newest() == {"n1"}
    assert Alert.objects.count() == 2


def test_of_one_batch_only_the_highest_of_an_episode_is_told() -> None:
    routed()
    levels = (Level.WARN, Level.LIMIT, Level.RESTRICT)
    batch = [
        alert_message(level=level, time_ns=place) for place, level in enumerate(levels, 10**18)
    ]
    store_alerts(batch, ["n1", "n2", "n3"])
    assert told() == ["n2"]
    assert newest() == {"n2"}


def test_the_next_episode_of_a_key_is_told_again() -> None:
    routed()
    stored("n1")
    climbed(Level.WARN, "n2", episode=2)
    assert told() == ["n1", "n2"]
    assert newest() == {"n1", "n2"}


def test_what_is_read_again_is_told_once() -> None:
    routed()
    endpoint()
    stored("n1")
    stored("n1")
    assert told() == called() == ["n1"]


def test_what_a_rule_on_trial_raises_is_stored_and_told_to_nobody() -> None:
    routed()
    endpoint()
    assert stored("n1", shadow=True).shadow
    assert told() == called() == []


def test_what_is_silenced_is_stored_and_marked_and_told_to_nobody() -> None:
    routed()
    endpoint()
    quiet = silence(account=ACCOUNT, level="warn")
    assert stored("n1").silence == quiet
    assert told() == called() == []
    assert climbed(Level.LIMIT, "n2").silence is None
    assert told() == ["n2"]


@pytest.mark.parametrize(
    ("matchers", "is_silenced"),
    [
        ({"rule": "P01"}, True),
        ({"category": "programme"}, True),
        ({"group": "G1"}, True),
        ({"customer": "C1"}, True),
        ({"counter": "ALPHA"}, True),
        ({"exchange": "SSE"}, True),
        ({"group": "G1", "rule": "P03"}, False),
        ({"group": "G2"}, False),
        ({"account": "another"}, False),
        ({"contract": "SSE:600000"}, False),
    ],
)
def test_a_silence_knows_who_stands_behind_an_account(
    matchers: dict[str, Any], is_silenced: bool
) -> None:
    account()
    silence(**matchers)
    assert (stored().silence is not None) is is_silenced


def test_an_account_without_a_group_is_a_group_of_its_own_for_silences() -> None:
    account(group=None)
    silence(group=ACCOUNT)
    assert stored().silence is not None


@pytest.mark.parametrize("minutes", [(-120, -60), (60, 120)])
def test_a_silence_holds_from_its_begin_to_its_end(minutes: tuple[int, int]) -> None:
    silence(rule="P01", starts_at=after(60 * minutes[0]), ends_at=after(60 * minutes[1]))
    assert stored().silence is None


@pytest.mark.parametrize(
    ("route", "numbers"),
    [
        ({}, ["n1", "n2"]),
        ({"level_min": "restrict"}, ["n2"]),
        ({"level_min": "limit"}, []),
        ({"category": "programme"}, ["n1", "n2"]),
        ({"category": "futures"}, []),
        ({"is_active": False}, []),
    ],
)
def test_routes_lead_by_category_and_level(route: dict[str, Any], numbers: list[str]) -> None:
    routed(**route)
    stored("n1")
    climbed(Level.RESTRICT, "n2")
    assert told() == numbers


def test_two_routes_to_one_channel_are_one_message_and_a_rule_has_its_own() -> None:
    desk = routed(routed())
    routed(channel("p01"), rule=p01())
    stored("n1")
    rows = Notification.objects.values_list("channel__name", flat=True)
    assert sorted(rows) == [desk.name, "p01"]


def test_a_message_says_what_where_and_how_much_in_the_language_of_its_channel() -> None:
    routed(channel("zh", language="zh-hans"))
    routed()
    stored("n1")
    english = Notification.objects.get(channel__name="desk")
    chinese = Notification.objects.get(channel__name="zh")
    assert english.title.startswith("[warn] P01 ")
    assert f"account={ACCOUNT}" in english.title
    assert "Submissions today 16000 ≥ 16000\n" in english.text
    assert chinese.title.startswith("[预警] P01 高频")


def test_the_transaction_that_stores_an_alert_asks_little(
    django_assert_max_num_queries: Any,
) -> None:
    """On SQLite all others wait for its end: what can be asked before it, is."""
    made = alert_rows([alert_message()], ["n1"], AlertContext())
    with django_assert_max_num_queries(3):
        write_alerts(made)
    assert newest() == {"n1"}
