"""Overnight positions: told before a day, kept by account, for shards that begin with nothing."""

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from monitoring.actions.store_raw import store_raw
from monitoring.domain.shard import RiskShard
from riskgw.kernel.times import NS_PER_SECOND
from riskgw.kernel.words import EventKind, Side
from riskgw.messages.base_data import AccountData, BaseData, PositionData
from riskgw.messages.counter_feed import FeedKind
from riskgw.reference.actions.keep_overnight import keep_overnight
from riskgw.reference.actions.load_base import load_base
from riskgw.reference.models import OvernightPosition
from riskgw.reference.queries import base_data, base_mark
from riskgw.shards.entries import Load
from tests.days import MONDAY, TUESDAY
from tests.events import event
from tests.monitoring import business
from tests.monitoring.domain.test_shard_feeds import SELLING
from tests.pages import signed_in
from tests.queue_server import QueueServer
from tests.rules import OPEN_NS

pytestmark = pytest.mark.django_db

ACCOUNTS = (
    AccountData("A", "SSE", "G", "ALPHA", permissions=("*",)),
    AccountData(business.CLIENT, "CFFEX", "G", "CTP"),
)
HELD = PositionData("A", "SSE", "600000", "1000", "200", day=MONDAY)


def told(**changes: Any) -> PositionData:
    values = {name: getattr(HELD, name) for name in HELD.__struct_fields__}
    return PositionData(**values | changes)


@pytest.fixture(autouse=True)
def _accounts() -> None:
    load_base(BaseData(accounts=ACCOUNTS))


def test_what_is_told_with_the_base_data_is_what_the_core_starts_with() -> None:
    short = told(symbol="600001", side="short", sellable="")
    load_base(BaseData(accounts=ACCOUNTS, positions=(HELD, short)))
    assert base_data(MONDAY).positions == (HELD, short)
    assert base_data().positions == ()


def test_positions_of_a_day_that_is_over_are_not_those_of_the_next() -> None:
    keep_overnight([HELD], MONDAY)
    assert base_data(TUESDAY).positions == ()


def test_a_counters_word_replaces_its_former_one_and_what_is_of_an_earlier_day() -> None:
    keep_overnight([HELD, told(symbol="600001")], MONDAY, "ALPHA")
    keep_overnight([told(quantity="900")], MONDAY, "ALPHA")
    assert [each.quantity for each in base_data(MONDAY).positions] == ["900", "1000"]
    keep_overnight([told(quantity="0", sellable="")], TUESDAY, "ALPHA")
    assert base_data(MONDAY).positions == (told(quantity="0", sellable="", day=TUESDAY),)


def test_base_data_name_all_that_an_account_holds() -> None:
    keep_overnight([HELD, told(symbol="600001")], MONDAY)
    keep_overnight([told(symbol="600001")], MONDAY)
    assert [each.symbol for each in base_data(MONDAY).positions] == ["600001"]


@pytest.mark.parametrize("changes", [{"account": "Z"}, {"symbol": "6" * 41}, {"exchange": "SZSE"}])
def test_what_is_of_nobody_known_is_not_kept(changes: dict[str, str]) -> None:
    keep_overnight([told(**changes)], MONDAY)
    assert not OvernightPosition.objects.exists()


def test_new_base_data_are_sent_and_what_a_counter_tells_the_shards_know_already() -> None:
    before = base_mark()
    keep_overnight([HELD], MONDAY, "ALPHA")
    assert base_mark() == before
    keep_overnight([HELD], MONDAY)
    assert base_mark() != before


def position(**changes: Any) -> None:
    """As a counter sends it, at 09:30."""
    business.send(FeedKind.POSITIONS, {
        "exchange": "SSE", "account": "A", "symbol": "600000", "quantity": "300", "sellable": "100",
        **changes,
    })  # fmt: skip


def test_shards_that_begin_with_the_database_alone_know_what_may_be_sold(
    queue: QueueServer,
) -> None:
    position()
    store_raw(queue.client())
    shard = RiskShard()
    shard.take(Load(base_data(MONDAY), (SELLING,)))
    sale = event(side=Side.SELL, order_ref="S", time_ns=OPEN_NS + NS_PER_SECOND)
    assert shard.core.preview(sale).sellable == 100_000
    unknown = RiskShard()
    unknown.take(Load(base_data(), (SELLING,)))
    assert unknown.core.preview(sale).sellable is None


def test_what_is_told_within_the_day_is_not_what_was_held_as_it_began(queue: QueueServer) -> None:
    position()
    store_raw(queue.client())
    business.orders([EventKind.ORDER])
    position(quantity="7")
    store_raw(queue.client())
    (kept,) = base_data(date.min).positions
    assert (kept.quantity, kept.sellable, kept.day) == ("300", "100", MONDAY)


@pytest.mark.parametrize("role", ["risk", "ops", "trader", "auditor"])
def test_the_page_shows_what_is_held_and_lets_nobody_change_it(role: str) -> None:
    keep_overnight([HELD], MONDAY, "ALPHA")
    client = signed_in(role)
    place = reverse("admin:reference_overnightposition_changelist")
    assert "600000" in client.get(place).content.decode()
    row = OvernightPosition.objects.get()
    change = reverse("admin:reference_overnightposition_change", args=[row.pk])
    assert client.post(change, {"quantity": "1"}).status_code == 403
