"""Unload: what shards and feeds found is stored once, with the position it was read from."""

import pytest

from monitoring.actions.store_results import Moved, Replaced, made_of, store_results
from monitoring.models import Alert, CheckResult, ErrorOrder, OrderRecord, UnloadPosition
from riskgw.kernel.words import EventKind
from riskgw.messages.problem import ProblemKind
from riskgw.shards.entries import Judged, Results, Trouble
from tests.alerts import alert_message
from tests.days import MONDAY
from tests.events import event
from tests.rules import OPEN_NS

pytestmark = pytest.mark.django_db

FIRST = Moved("results.0", "0-0", "5-0")


def judged(
    series: int, kind: EventKind = EventKind.ORDER, alerts: int = 0, **changes: object
) -> Judged:
    raised = tuple(alert_message(key={"account": f"A{place}"}) for place in range(alerts))
    return Judged(series, event(kind, **changes), is_late=False, alerts=raised)


def results(*found: Judged) -> list[Results]:
    return [Results("0", list(found), [])]


def test_an_order_is_stored_with_all_that_is_known_of_it() -> None:
    store_results(
        made_of(results(judged(7, cancel_of=None, counter="C1", access_system="X"))), [FIRST]
    )
    stored = OrderRecord.objects.get()
    assert (stored.trading_day, stored.shard, stored.series) == (MONDAY, 0, 7)
    assert (stored.event, stored.account, stored.symbol) == ("order", "A", "600000")
    assert (stored.price, stored.quantity, stored.side) == (1_000_000, 100_000, "buy")
    assert (stored.time_ns, stored.counter, stored.cancel_of) == (OPEN_NS, "C1", "")
    assert stored.access_system == "X"


def test_alerts_have_numbers_that_say_where_they_come_from() -> None:
    store_results(made_of(results(judged(7, alerts=2))), [FIRST])
    assert set(Alert.objects.values_list("number", flat=True)) == {
        "2026-11-23.0.7.0",
        "2026-11-23.0.7.1",
    }


def test_every_order_has_its_verdict_also_when_it_passed() -> None:
    store_results(
        made_of(results(judged(1), judged(2, alerts=1), judged(3, EventKind.FILL))), [FIRST]
    )
    verdicts = CheckResult.objects.order_by("series").values_list("series", "verdict", "alerts")
    assert list(verdicts) == [(1, "passed", []), (2, "alerted", ["2026-11-23.0.2.0"])]


def test_what_the_exchange_rejected_is_an_error_order_with_its_reason() -> None:
    fields = {"RejectText": "price out of range"}
    store_results(made_of(results(judged(3, EventKind.REJECT, fields=fields))), [FIRST])
    stored = ErrorOrder.objects.get()
    assert (stored.problem, stored.reason, stored.order_ref) == (
        "reject",
        "price out of range",
        "R1",
    )


def test_a_problem_of_a_feed_is_an_error_order_with_its_reason() -> None:
    trouble = Trouble(
        "9.1", ProblemKind.ORPHAN, "1>2", OPEN_NS, "order 5 was not seen", 0,
        protocol="szse", direction="down", position=225, excerpt="00**",
    )  # fmt: skip
    found = [Results("urfront.0", [], [trouble])]
    store_results(made_of(found), [Moved("results.urfront.0", "0-0", "1-0")])
    stored = ErrorOrder.objects.get()
    assert (stored.problem, stored.reason) == ("orphan", "order 5 was not seen")
    assert (stored.protocol, stored.direction) == ("szse", "down")
    assert (stored.position, stored.excerpt) == (225, "00**")
    assert stored.trading_day == MONDAY


def test_the_same_results_read_again_are_stored_once() -> None:
    found = results(judged(1, EventKind.REJECT), judged(2, alerts=1))
    store_results(made_of(found), [FIRST])
    UnloadPosition.objects.all().delete()
    store_results(made_of(found), [FIRST])
    counts = [model.objects.count() for model in (OrderRecord, Alert, CheckResult, ErrorOrder)]
    assert counts == [2, 1, 1, 1]


def test_a_writer_that_was_replaced_stores_nothing() -> None:
    store_results(made_of(results(judged(1))), [FIRST])
    store_results(made_of(results(judged(2))), [Moved("results.0", "5-0", "6-0")])
    with pytest.raises(Replaced):
        store_results(made_of(results(judged(3))), [Moved("results.0", "5-0", "7-0")])
    assert OrderRecord.objects.count() == 2
    assert UnloadPosition.objects.get().last_id == "6-0"


def test_positions_of_several_streams_move_together_or_not_at_all() -> None:
    store_results(made_of([]), [FIRST])
    with pytest.raises(Replaced):
        store_results(
            made_of([]), [Moved("results.1", "0-0", "9-0"), Moved("results.0", "4-0", "9-0")]
        )
    assert not UnloadPosition.objects.filter(stream="results.1").exists()
