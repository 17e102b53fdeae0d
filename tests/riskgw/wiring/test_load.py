"""What the core needs of the database reaches every partition when it changes, and only then."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from monitoring.actions.publish_rules import publish_rules
from monitoring.models import Rule, Threshold
from monitoring.rule_queries import shipped_rules
from riskgw.bus.connection import Client
from riskgw.messages.base_data import AccessSystemData, AccountData, BaseData, CounterData
from riskgw.reference.actions.load_base import load_base
from riskgw.reference.models import (
    AccessAddress,
    Account,
    CalendarDay,
    Counter,
    CounterEndpoint,
    ExchangeCalendar,
)
from riskgw.shards.entries import Load, unpacked
from riskgw.wiring.load import load
from riskgw.wiring.partitions import frame_streams, order_streams
from tests.queue_server import QueueServer
from tests.sessions import FUTURES

pytestmark = pytest.mark.django_db

BASE = BaseData(accounts=(AccountData(id="A1", exchange="SSE", group="G1", counter="C1"),))

NEW_HOLIDAY = date(2026, 12, 25)


@pytest.fixture
def bus(queue: QueueServer) -> Client:
    return queue.client()


def newest(bus: Client, stream: str) -> Load:
    entry = unpacked(bus.xrevrange(stream, count=1)[0][1][b"b"])
    assert isinstance(entry, Load)
    return entry


def test_the_first_load_goes_to_every_partition(bus: Client) -> None:
    load_base(BASE)
    assert load(bus)
    for stream in (*frame_streams(), *order_streams()):
        sent = newest(bus, stream)
        assert sent.base is not None
        assert [account.id for account in sent.base.accounts] == ["A1"]
        assert {rule.code for rule in sent.rules or ()} == {rule.code for rule in shipped_rules()}


def test_what_has_not_changed_is_not_sent_again(bus: Client) -> None:
    load_base(BASE)
    assert load(bus)
    assert not load(bus)
    assert bus.xlen(order_streams()[0]) == 1


def test_an_account_that_moves_is_sent(bus: Client) -> None:
    load_base(BASE)
    load(bus)
    account = Account.objects.get()
    account.hedge = True
    account.save()
    assert load(bus)
    base = newest(bus, order_streams()[0]).base
    assert base is not None
    assert base.accounts[0].hedge


def test_an_imported_base_is_sent(bus: Client) -> None:
    load_base(BASE)
    load(bus)
    load_base(BaseData(accounts=(AccountData(id="A2", exchange="SSE", group="G", counter="C"),)))
    assert load(bus)


def test_a_holiday_that_is_entered_is_sent(bus: Client) -> None:
    load_base(FUTURES)
    load(bus)
    day = CalendarDay.objects.create(calendar=ExchangeCalendar.objects.all()[0], day=NEW_HOLIDAY)
    assert load(bus)
    for stream in (frame_streams()[0], order_streams()[0]):
        base = newest(bus, stream).base
        assert base is not None
        assert NEW_HOLIDAY in [each.day for each in base.calendars[0].days]
    day.delete()
    assert load(bus)
    assert not load(bus)


MARKED = BaseData(
    counters=(CounterData("C1", pbus=("000100",), addresses=("10.1.0.7",)),),
    access_systems=(AccessSystemData("X", counter="C1", addresses=("10.1.0.8",)),),
)


def test_counters_and_access_systems_are_sent_and_every_change_of_them(bus: Client) -> None:
    load_base(MARKED)
    load(bus)
    sent = newest(bus, frame_streams()[0]).base
    assert sent is not None
    assert (sent.counters, sent.access_systems) == (MARKED.counters, MARKED.access_systems)
    counter = Counter.objects.get()
    CounterEndpoint.objects.create(counter=counter, kind="pbu", value="000200")
    assert load(bus)
    AccessAddress.objects.get().delete()
    assert load(bus)
    counter.is_active = False
    counter.save()
    assert load(bus)
    sent = newest(bus, frame_streams()[0]).base
    assert sent is not None
    assert (sent.counters, sent.access_systems) == ((), ())
    assert not load(bus)


def test_a_changed_threshold_is_sent(bus: Client) -> None:
    load(bus)
    threshold = Threshold.objects.select_related("condition__rule").get(
        condition__rule__code="F02", level="warn", exchange="", product="", contract=""
    )
    threshold.value -= 1
    threshold.save()
    publish_rules(None)
    assert load(bus)
    rules = {rule.code: rule.version for rule in newest(bus, order_streams()[0]).rules or ()}
    assert rules["F02"] == 2


def test_a_rule_that_is_switched_off_is_taken_away(bus: Client) -> None:
    load(bus)
    Rule.objects.filter(code="T01").update(mode="off")
    publish_rules(None)
    assert load(bus)
    assert "T01" not in {rule.code for rule in newest(bus, order_streams()[0]).rules or ()}


def test_a_version_of_tomorrow_waits(bus: Client) -> None:
    load(bus)
    rule = Rule.objects.get(code="T01")
    version: Any = rule.versions.get()
    version.pk, version.number = None, 2
    version.effective_from = timezone.now() + timedelta(days=1)
    version.save()
    assert not load(bus)
