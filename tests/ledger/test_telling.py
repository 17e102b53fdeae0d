"""The live topic `ledger`: what posters noted, gathered, bounded, and no more often than it may."""

import time
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from ledger.actions.confirm import confirm
from ledger.actions.post import post_due
from ledger.actions.propose import propose_voucher
from ledger.domain.alarms import IN_FLIGHT_MAX, LAG_MAX
from ledger.domain.direction import Direction
from ledger.models import LedgerTransaction
from ledger.telling import ACCOUNTS_MAX, HOT_MAX, Noted, message, send, tell
from riskgw.bus.connection import Client
from riskgw.bus.live import newest
from riskgw.wiring.report import report
from tests.ledger.books import BY, account, paid, transfer, tried
from tests.pages import signed_in
from tests.queue_server import QueueServer

pytestmark = pytest.mark.django_db


@pytest.fixture
def bus(queue: QueueServer) -> Client:
    return queue.client()


@pytest.fixture(autouse=True)
def books() -> None:
    account("cash", Direction.UNRESTRICTED)
    account("a")
    paid(transfer("opening", "cash", "a", "100"))


def noted(moves: dict[str, int], posted: int = 1, lag_ms: int = 5) -> Noted:
    return Noted(Counter(moves), posted, timedelta(milliseconds=lag_ms))


def told(bus: Client, at: float | None = None) -> dict[str, Any]:
    return message(bus, at or time.time())


def test_a_posting_shows_the_figures_as_they_stand(bus: Client) -> None:
    send(bus, noted({"a": 1, "cash": 1}), time.time())
    accounts = {each["id"]: each for each in told(bus)["accounts"]}
    assert accounts["a"] == {
        "id": "a", "posted": "100.00", "reserved": "0.00", "available": "100.00",
        "overdraft": "0.00", "usability": "open", "seq": 1,
    }  # fmt: skip
    assert accounts["cash"]["available"] is None


def test_what_is_only_reserved_shows_as_well(bus: Client) -> None:
    account("b")
    tried(transfer("t", "a", "b", "60"))
    found = told(bus)["accounts"]
    assert [(each["id"], each["reserved"]) for each in found] == [("a", "60.00")]


def test_a_message_is_bounded_and_says_since_when_it_is_whole(bus: Client) -> None:
    for number in range(2 * ACCOUNTS_MAX):
        account(f"n{number:03}")
    # Later than all that the posting of the opening may still be telling.
    now = time.time() + 60
    for number in range(2 * ACCOUNTS_MAX):
        send(bus, noted({f"n{number:03}": 1}), now - 20 + number / 100)
    found = told(bus, now)
    assert len(found["accounts"]) == ACCOUNTS_MAX
    assert len(found["hot"]) == HOT_MAX
    assert found["accounts"][0]["id"] == f"n{2 * ACCOUNTS_MAX - 1:03}"
    oldest = now - 20 + ACCOUNTS_MAX / 100
    assert found["complete_since_ns"] / 1e9 == pytest.approx(oldest, abs=0.02)
    few = told(bus, now + 50)
    assert few["complete_since_ns"] / 1e9 == pytest.approx(now - 10, abs=0.02)
    assert told(bus, now + 70)["accounts"] == []


def test_hot_accounts_are_those_with_most_movements_of_the_last_minute(bus: Client) -> None:
    now = time.time()
    send(bus, noted({"a": 5, "cash": 9}), now - 50)
    send(bus, noted({"a": 6}), now)
    hot = told(bus, now)["hot"]
    assert [(each["id"], each["movements"]) for each in hot] == [("a", 11), ("cash", 9)]
    later = told(bus, now + 30)["hot"]
    assert [(each["id"], each["movements"]) for each in later] == [("a", 6)]
    assert told(bus, now + 70)["hot"] == []


def test_a_thousand_postings_a_second_are_a_few_messages(bus: Client) -> None:
    with bus.pubsub(ignore_subscribe_messages=True) as heard:
        heard.subscribe("live.ledger")
        heard.get_message(timeout=1)
        began = time.monotonic()
        count = 0
        while time.monotonic() - began < 1:
            send(bus, noted({"a": 100}, posted=100), time.time())
            count += tell(bus)
    assert 2 <= count <= 6
    assert newest(bus, "ledger")["hot"][0]["movements"] >= 100


def test_the_lag_of_each_second_is_the_latest_posting_or_what_still_waits(bus: Client) -> None:
    send(bus, noted({"a": 2}, posted=40, lag_ms=70), time.time())
    send(bus, noted({"a": 1}, posted=2, lag_ms=30), time.time())
    second, lag_ms, posted = told(bus)["history"][-1]
    assert (lag_ms, posted) == (70, 42)
    assert abs(second - time.time()) < 5
    assert len(told(bus)["history"]) == 1
    late = timezone.now() - timedelta(seconds=2)
    tried(transfer("t", "cash", "a", "1"))
    confirm("t", BY)
    LedgerTransaction.objects.filter(pk="t").update(decided_at=late)
    bus.delete("ledger.second")
    assert told(bus)["history"][-1][1] >= 2000


def test_lag_and_age_above_their_bounds_are_alarms(bus: Client) -> None:
    assert told(bus)["flow"]["alarms"] == []
    now = timezone.now()
    tried(transfer("t1", "cash", "a", "1"))
    tried(transfer("t2", "cash", "a", "1"))
    confirm("t1", BY)
    rows = LedgerTransaction.objects
    rows.filter(pk="t1").update(decided_at=now - LAG_MAX - timedelta(seconds=1))
    rows.filter(pk="t2").update(tried_at=now - IN_FLIGHT_MAX - timedelta(seconds=1))
    bus.delete("ledger.second")
    assert told(bus)["flow"]["alarms"] == ["posting_behind", "reservation_aged"]


def test_the_health_page_shows_the_posters_lag(bus: Client) -> None:
    def row() -> dict[str, Any]:
        report(bus)
        stages = newest(bus, "health")["stages"]
        return dict(next(each for each in stages if each["stage"] == "posting"))

    assert row()["state"] == "stopped"
    send(bus, Noted(), time.time())
    assert (row()["state"], row()["lag_ms"], row()["waiting"]) == ("ok", 0, 0)
    tried(transfer("t", "cash", "a", "1"))
    confirm("t", BY)
    late = timezone.now() - LAG_MAX - timedelta(seconds=1)
    LedgerTransaction.objects.filter(pk="t").update(decided_at=late)
    behind = row()
    assert (behind["state"], behind["waiting"]) == ("behind", 1)
    assert behind["lag_ms"] > LAG_MAX.total_seconds() * 1000
    post_due()
    assert row()["state"] == "ok"


def test_a_change_of_proposals_is_told(bus: Client) -> None:
    assert told(bus)["proposals"] == {"waiting": 0, "changes": 0}
    propose_voucher(transfer("v", "cash", "a", "1"), "r", BY)
    send(bus, Noted(proposals=1), time.time())
    assert told(bus)["proposals"] == {"waiting": 1, "changes": 1}


def test_a_note_of_a_proposal_does_not_stand_for_a_poster(bus: Client) -> None:
    send(bus, Noted(proposals=1), time.time())
    assert not told(bus)["flow"]["has_poster"]


def test_posting_and_hot_accounts_by_rest_are_what_was_last_told(bus: Client) -> None:
    accountant = signed_in("accountant")
    assert accountant.get("/api/v1/ledger/hot-accounts").json() == []
    send(bus, noted({"a": 3}, posted=3), time.time())
    assert tell(bus)
    hot = accountant.get("/api/v1/ledger/hot-accounts").json()
    assert [(each["id"], each["movements"], each["posted"]) for each in hot] == [("a", 3, "100.00")]
    posting = accountant.get("/api/v1/ledger/posting").json()
    assert (posting["has_poster"], posting["history"][-1]["posted"]) == (True, 3)


def test_a_batch_says_which_accounts_it_moved_and_how_often() -> None:
    for name in ("t1", "t2"):
        tried(transfer(name, "cash", "a", "1"))
        confirm(name, BY)
    settled = post_due()
    assert (dict(settled.moves), settled.posted) == ({"cash": 2, "a": 2}, 2)
