"""Restrictions by REST: made, seen, released by whom they may be, and told to all."""

import threading
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import msgspec
import pytest
import redis
from django.contrib.auth.models import User
from django.test import Client

from monitoring.actions.store_restrictions import end_with_day, store_restrictions
from monitoring.models import OrderRecord, Restriction, RestrictionStep
from riskgw.messages.base_data import AccountData, BaseData
from riskgw.messages.restriction import Act
from riskgw.messages.restriction import Restriction as Message
from riskgw.reference.actions.load_base import load_base
from riskgw.reference.api_keys import new_key, store_key
from riskgw.reference.models import ApiKey, Counter
from riskgw.shards.entries import Asked, Lifted, Told, packed, unpacked
from tests.days import MONDAY, TUESDAY
from tests.pages import signed_in
from tests.queue_server import QueueServer
from tests.rules import OPEN_NS

pytestmark = pytest.mark.django_db

BASE = BaseData(
    accounts=(AccountData("A", "SSE", "G", "ALPHA", "K"), AccountData("B", "SSE", "H", "BETA"))
)
ADDRESS = "/api/v1/restrictions"


@pytest.fixture(autouse=True)
def base(queue: QueueServer) -> None:
    load_base(BASE)


def by_rule(number: str = "2026-11-23.0.7.0", **changes: Any) -> Restriction:
    values: dict[str, Any] = {
        "id": number, "scope": {"account": "A"}, "mask": (Act.OPEN,), "since_ns": OPEN_NS,
        "reason": "P01 restrict", "rule": "", "alert": number, "counters": ("ALPHA",),
    }  # fmt: skip
    store_restrictions([Message(**(values | changes))])
    return Restriction.objects.get(number=number)


def restricted(client: Client, **changes: Any) -> Any:
    body: dict[str, Any] = {"scope": {"account": "A"}, "reason": "a call from the exchange"}
    return client.post(ADDRESS, body | changes, "application/json")


def release(client: Client, number: str, reason: str = "settled") -> Any:
    return client.post(f"{ADDRESS}/{number}/release", {"reason": reason}, "application/json")


def counter_client(counter: str | None = None) -> tuple[Client, dict[str, str]]:
    """A program with a key; with a counter's, of that counter only."""
    signed_in("counter")
    key = new_key()
    found = Counter.objects.get(code=counter) if counter else None
    store_key("test", User.objects.get(username="counter"), key, found)
    return Client(), {"authorization": f"Api-Key {key}"}


@pytest.fixture
def heard(queue: QueueServer) -> Iterator[redis.client.PubSub]:
    """What is said on the live channel of restrictions."""
    with queue.client() as connection, connection.pubsub() as channel:
        channel.subscribe("live.restrictions")
        assert channel.get_message(timeout=1) is not None
        yield channel


def next_of(channel: redis.client.PubSub) -> Any:
    message = channel.get_message(timeout=1)
    return message and msgspec.json.decode(message["data"].partition(b" ")[2])


def test_a_risk_officer_restricts_and_everybody_hears_it(
    heard: redis.client.PubSub, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = restricted(signed_in("risk"))
    assert answer.status_code == HTTPStatus.CREATED
    shown = answer.json()
    assert (shown["mask"], shown["trading"], shown["state"]) == (["open"], "REDUCING", "active")
    assert (shown["created_by"], shown["counters"]) == ("risk", ["ALPHA"])
    said = next_of(heard)
    assert (said["change"], said["restriction"], said["counters"]) == (
        "restricted", shown, ["ALPHA"],
    )  # fmt: skip
    (listed,) = signed_in("trader").get(f"{ADDRESS}?state=active").json()["results"]
    assert listed == shown


def test_the_same_id_again_is_the_same_restriction() -> None:
    client = signed_in("risk")
    assert restricted(client, id="case-1").json() == restricted(client, id="case-1").json()
    assert Restriction.objects.count() == 1
    other = restricted(client, id="case-1", reason="another")
    assert other.status_code == HTTPStatus.CONFLICT


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"scope": {}}, "scope"),
        ({"scope": {"colour": "red"}}, "scope"),
        ({"scope": {"all": "x"}}, "scope"),
        ({"mask": []}, "mask"),
        ({"mask": ["buy"]}, "mask"),
        ({"reason": ""}, "reason"),
        ({"release": "never"}, "release"),
    ],
)
def test_what_is_no_restriction_is_refused(changes: Any, field: str) -> None:
    answer = restricted(signed_in("risk"), **changes)
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert answer.json()["errors"][0]["field"].startswith(field)


def test_everybody_can_be_stopped_at_once() -> None:
    shown = restricted(signed_in("risk"), scope={"all": "*"}, mask=["open", "close"]).json()
    assert (shown["scope"], shown["trading"], shown["counters"]) == ({"all": "*"}, "HALTED", None)


def test_a_trader_releases_with_a_reason_and_the_shards_learn_it(
    queue: QueueServer, heard: redis.client.PubSub, django_capture_on_commit_callbacks: Any
) -> None:
    by_rule()
    trader = signed_in("trader")
    assert release(trader, "2026-11-23.0.7.0", "").status_code == HTTPStatus.BAD_REQUEST
    with django_capture_on_commit_callbacks(execute=True):
        shown = release(trader, "2026-11-23.0.7.0").json()
    assert (shown["state"], shown["released_by"], shown["needs"]) == ("released", "trader", None)
    assert next_of(heard)["change"] == "released"
    for shard in range(2):
        entries: Any = queue.client().xrange(f"orders.{shard}")
        ((_, fields),) = entries
        assert unpacked(fields[b"b"]) == Lifted(("2026-11-23.0.7.0",))
    again = release(trader, "2026-11-23.0.7.0")
    assert again.status_code == HTTPStatus.CONFLICT
    assert release(trader, "nothing").status_code == HTTPStatus.NOT_FOUND


def test_what_is_kept_for_risk_officers_no_trader_releases() -> None:
    by_rule(release="risk_officer")
    answer = release(signed_in("trader"), "2026-11-23.0.7.0")
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:riskgw:risk_officer_needed")
    assert release(signed_in("risk"), "2026-11-23.0.7.0").json()["state"] == "released"


def test_four_eyes_release_together() -> None:
    by_rule(release="four_eyes")
    first = release(signed_in("trader"), "2026-11-23.0.7.0", "looks fine").json()
    assert (first["state"], first["needs"]) == ("active", "second_person")
    assert first["proposal"]["by"] == "trader"
    assert release(signed_in("trader"), "2026-11-23.0.7.0").status_code == HTTPStatus.CONFLICT
    second = release(signed_in("risk"), "2026-11-23.0.7.0", "agreed").json()
    assert (second["state"], second["released_by"]) == ("released", "risk")
    steps = RestrictionStep.objects.values_list("verb", "by__username", "reason")
    assert list(steps) == [
        ("restricted", None, "P01 restrict"),
        ("proposed", "trader", "looks fine"),
        ("released", "risk", "agreed"),
    ]


class AnsweringShard:
    """Answers the next questions that stand in the shards' streams, as a shard would."""

    def __init__(self, queue: QueueServer, value: int) -> None:
        self._client: Any = queue.client()
        self._rows = [{"rule": "P01", "key": {"account": "A"}, "value": value, "restrict": 300}]
        self._positions = {"orders.0": "$", "orders.1": "$"}

    def run(self) -> None:
        for _, entries in self._client.xread(self._positions, block=5000):
            asked = unpacked(entries[0][1][b"b"])
            assert isinstance(asked, Asked)
            told = Told(asked.number, OPEN_NS, msgspec.json.encode(self._rows))
            self._client.xadd("answers", {"b": packed(told)})


@pytest.mark.parametrize(("value", "state"), [(299, "released"), (300, "active"), (301, "active")])
def test_while_the_cause_persists_two_persons_are_needed(
    queue: QueueServer, value: int, state: str
) -> None:
    by_rule(rule="P01", level="restrict")
    shard = threading.Thread(target=AnsweringShard(queue, value).run)
    shard.start()
    shown = release(signed_in("trader"), "2026-11-23.0.7.0").json()
    shard.join()
    assert shown["state"] == state
    assert bool(shown["cause"]) is (state == "active")


def test_where_no_shard_answers_the_cause_is_taken_to_persist() -> None:
    by_rule(rule="P01", level="restrict")
    shown = release(signed_in("trader"), "2026-11-23.0.7.0").json()
    assert (shown["state"], shown["needs"], shown["cause"]) == ("active", "second_person", None)


def test_what_ends_with_the_day_ends_with_it_and_is_told_once(
    heard: redis.client.PubSub, django_capture_on_commit_callbacks: Any
) -> None:
    by_rule("one", release="auto_day")
    by_rule("two", release="auto_day", scope={"account": "B"})
    by_rule("three", scope={"group": "G"})
    end_with_day(MONDAY, [])
    assert Restriction.objects.filter(state="active").count() == 3
    with django_capture_on_commit_callbacks(execute=True):
        end_with_day(TUESDAY, ["one"])
    assert Restriction.objects.get(state="active").number == "three"
    assert next_of(heard)["restriction"]["id"] == "two"
    assert next_of(heard) is None


def test_two_shards_that_restrict_the_same_leave_one() -> None:
    by_rule("one", rule="S01", scope={"contract": "SSE:600000"})
    by_rule("two", rule="S01", scope={"contract": "SSE:600000"}, mask=(Act.OPEN, Act.CLOSE))
    one, two = Restriction.objects.get(number="one"), Restriction.objects.get(number="two")
    assert (one.state, one.stops_close) == ("active", True)
    assert (two.state, two.release_reason) == ("released", "as one")


def test_the_same_entry_twice_is_stored_once_and_a_wider_one_widens() -> None:
    by_rule(rule="P01")
    by_rule(rule="P01")
    row = by_rule(rule="P01", mask=(Act.OPEN, Act.CLOSE))
    assert row.stops_close
    assert list(row.steps.values_list("verb", flat=True)) == ["restricted", "widened"]


def order(series: int, event: str = "order", **changes: Any) -> None:
    values: dict[str, Any] = {
        "trading_day": MONDAY, "shard": 0, "series": series, "event": event, "exchange": "SSE",
        "account": "A", "symbol": "600000", "side": "buy", "price": 1_000_000,
        "quantity": 100_000, "order_ref": f"R{series}", "time_ns": OPEN_NS + series,
        "at_ns": OPEN_NS,
    }  # fmt: skip
    OrderRecord.objects.create(**(values | changes))


def test_the_trader_sees_the_live_orders_concerned_and_asks_the_counter_to_cancel_them(
    heard: redis.client.PubSub, django_capture_on_commit_callbacks: Any
) -> None:
    by_rule(scope={"group": "G"})
    order(1)
    order(2)
    order(3, account="B")
    order(4, "cancelled", order_ref="C1", cancel_of="R1")
    trader = signed_in("trader")
    (live,) = trader.get(f"{ADDRESS}/2026-11-23.0.7.0/orders").json()["results"]
    assert (live["order_ref"], live["live"], live["price"]) == ("R2", "100", "10")
    address = f"{ADDRESS}/2026-11-23.0.7.0/cancel-orders"
    wrong = trader.post(address, {"reason": "x", "order_refs": ["R1"]}, "application/json")
    assert (wrong.status_code, wrong.json()["type"]) == (409, "urn:riskgw:not_live")
    with django_capture_on_commit_callbacks(execute=True):
        asked = trader.post(address, {"reason": "exchange asks"}, "application/json").json()
    assert [each["order_ref"] for each in asked["results"]] == ["R2"]
    said = next_of(heard)
    assert (said["change"], said["by"], said["reason"]) == (
        "cancel_request", "trader", "exchange asks",
    )  # fmt: skip
    assert [each["order_ref"] for each in said["orders"]] == ["R2"]
    step = RestrictionStep.objects.get(verb="cancel_request")
    assert step.details == {"order_refs": ["R2"]}


def test_a_counters_key_sees_its_own_counters_restrictions_only() -> None:
    by_rule("one")
    by_rule("two", scope={"account": "B"}, counters=("BETA",))
    by_rule("three", scope={}, counters=None)
    for counter, seen in (("ALPHA", ["one", "three"]), (None, ["one", "three", "two"])):
        client, headers = counter_client(counter)
        rows = client.get(ADDRESS, headers=headers).json()["results"]
        assert sorted(row["id"] for row in rows) == seen
        ApiKey.objects.all().delete()
    client, headers = counter_client("ALPHA")
    assert client.get(f"{ADDRESS}/two", headers=headers).status_code == HTTPStatus.NOT_FOUND
    assert client.get(f"{ADDRESS}/one", headers=headers).json()["steps"][0]["verb"] == "restricted"


def test_the_administration_says_in_words_who_is_stopped() -> None:
    by_rule(scope={"account": "A", "contract": "SSE:600000"})
    page = signed_in("risk").get("/admin/monitoring/restriction/").content.decode()
    assert "account A</div>" in page
    assert "contract SSE:600000</div>" in page
