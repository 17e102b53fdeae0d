"""Rows of plain values arrive as they would from instances, and old ones stay as they are."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from ledger.domain.transaction import State
from ledger.models import LedgerAccount, LedgerTransaction, Refusal
from monitoring.models import MetricFigure, OrderRecord
from riskgw.kernel.words import EventKind
from riskgw.rows import (
    at_once,
    changes,
    insert,
    insert_missing,
    insert_new,
    insert_or_change,
    new_insertions,
)
from tests.days import MONDAY

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 1, 30, 0, 123456, tzinfo=UTC)
ORDER = (
    "trading_day", "shard", "series", "event", "exchange", "account", "symbol", "side", "price",
    "quantity", "origin", "order_ref", "cancel_of", "exec_ref", "order_type", "tif", "offset",
    "outcome", "counter", "access_system", "conn", "time_ns", "at_ns", "late",
)  # fmt: skip
TRANSACTION = (
    "id", "state", "body_hash", "value_date", "memo", "reverses", "holds", "is_due", "tried_at",
    "tried_by", "decided_by",
)  # fmt: skip
# More rows than one statement takes parameters for.
MANY = 3_000


def order(series: int, account: str | None = "A") -> tuple[Any, ...]:
    return (
        MONDAY, 0, series, EventKind.ORDER, "SSE", account, "600000", "buy", 1_000_000, None, "P1",
        f"R{series}", "", "", "limit", "day", "", "", "C1", "X", "1>2", 17, 2**62, True,
    )  # fmt: skip


def written(
    identifier: str, memo: str = "", reverses: str | None = None, day: date | None = None
) -> tuple[Any, ...]:
    return (identifier, State.TRIED.value, "", day, memo, reverses, False, False, NOW, "me", "")


def memos() -> dict[str, str]:
    return dict(LedgerTransaction.objects.values_list("pk", "memo"))


def test_values_of_every_kind_arrive() -> None:
    insert_missing(OrderRecord, ORDER, [order(7)])
    stored = OrderRecord.objects.get()
    assert tuple(getattr(stored, name) for name in ORDER) == order(7)
    insert(LedgerTransaction, TRANSACTION, [written("a"), written("b", "x", "a", MONDAY)])
    insert(
        Refusal, ("transaction", "reason", "account", "legs", "by", "at"),
        [("a", "unusable", "cash", [{"amount": 5}], "me", NOW)],
    )  # fmt: skip
    first, second = LedgerTransaction.objects.order_by("pk")
    assert (first.reverses_id, first.value_date, first.tried_at) == (None, None, NOW)
    assert (second.reverses_id, second.value_date, second.is_due) == ("a", MONDAY, False)
    assert (Refusal.objects.get().legs, Refusal.objects.get().at) == ([{"amount": 5}], NOW)


@pytest.mark.parametrize("text", ["%s", "%", "100%% 'or' \"--", "（中文）", "\\"])
def test_no_text_is_part_of_a_statement(text: str) -> None:
    insert(LedgerTransaction, TRANSACTION, [written("a", text)])
    assert insert_new(LedgerTransaction, TRANSACTION, [written("b", text)]) == {"b"}
    insert_missing(LedgerTransaction, TRANSACTION, [written("c", text)])
    assert memos() == {"a": text, "b": text, "c": text}


@pytest.mark.parametrize("call", [insert, insert_new, insert_missing])
def test_more_rows_than_a_statement_takes_all_arrive(call: Any) -> None:
    rows = [written(f"t{number}", str(number)) for number in range(MANY)]
    call(LedgerTransaction, TRANSACTION, rows)
    assert memos() == {f"t{number}": str(number) for number in range(MANY)}


@pytest.mark.parametrize("call", [insert, insert_new, insert_missing])
def test_no_rows_are_no_statement(call: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert not call(LedgerTransaction, TRANSACTION, [])


def test_a_row_that_is_there_stays_as_it_is() -> None:
    insert_missing(OrderRecord, ORDER, [order(1), order(2)])
    insert_missing(OrderRecord, ORDER, [order(2, "B"), order(3, "B"), order(3, "C")])
    stored = OrderRecord.objects.order_by("series").values_list("series", "account")
    assert list(stored) == [(1, "A"), (2, "A"), (3, "B")]


def test_which_keys_were_new_is_told() -> None:
    insert(LedgerTransaction, TRANSACTION, [written("b", "before")])
    rows = [written(each, memo) for each, memo in (("c", "1"), ("b", "2"), ("a", "3"), ("c", "4"))]
    assert insert_new(LedgerTransaction, TRANSACTION, rows) == {"a", "c"}
    assert memos() == {"a": "3", "b": "before", "c": "1"}
    assert insert_new(LedgerTransaction, TRANSACTION, rows) == set()


def test_a_plain_insert_refuses_what_is_there_and_stores_nothing() -> None:
    insert(LedgerTransaction, TRANSACTION, [written("b", "before")])
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(LedgerTransaction, TRANSACTION, [written("a"), written("b")])
    assert memos() == {"b": "before"}


def test_unknown_is_never_the_word_none() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_missing(OrderRecord, ORDER, [order(1, account=None)])
    assert not OrderRecord.objects.exists()


@pytest.mark.parametrize("call", [insert, insert_new, insert_missing])
def test_a_row_that_does_not_fit_the_names_is_our_mistake(call: Any) -> None:
    for rows in ([written("a")[:-1]], [written("a"), written("b")[:-1]]):
        with pytest.raises(ValueError, match="zip"):
            call(LedgerTransaction, TRANSACTION, rows)
    assert memos() == {}


def test_rows_are_changed_by_their_key() -> None:
    insert(LedgerTransaction, TRANSACTION, [written(each) for each in ("a", "b", "c")])
    rows = [("a", "one", MONDAY), ("c", "%s '\\\"", None), ("nobody", "x", None)]
    at_once(changes(LedgerTransaction, ("id", "memo", "value_date"), rows))
    assert memos() == {"a": "one", "b": "", "c": "%s '\\\""}
    assert LedgerTransaction.objects.get(pk="a").value_date == MONDAY
    assert at_once(changes(LedgerTransaction, ("id", "memo"), [])) == []


def test_amounts_are_added_to_what_stands() -> None:
    insert(
        LedgerAccount,
        ("id", "name", "currency", "direction", "overdraft", "usability", "posted", "reserved",
         "seq", "seal", "opened_at"),
        [(each, each, "CNY", "credit", 100, "open", 0, 5, 0, "", NOW) for each in "ab"],
    )  # fmt: skip
    at_once(changes(LedgerAccount, ("id", "reserved"), [("a", 7), ("b", 0)], is_added=True))
    assert dict(LedgerAccount.objects.values_list("pk", "reserved")) == {"a": 12, "b": 5}


def test_several_statements_each_return_what_they_return() -> None:
    first = new_insertions(LedgerTransaction, TRANSACTION, [written("b"), written("a")])
    second = new_insertions(LedgerTransaction, TRANSACTION, [written("b"), written("%s")])
    changed = changes(LedgerTransaction, ("id", "memo"), [("a", "x")])
    assert at_once([*first, *changed, *second]) == [[("a",), ("b",)], [], [("%s",)]]


def test_a_row_is_inserted_or_takes_the_other_values_by_its_key() -> None:
    whose = ("trading_day", "metric", "exchange", "account", "symbol")
    names = (*whose, "value", "as_of_ns", "details")

    def figure(account: str, value: int | None) -> tuple[Any, ...]:
        details = {"of": account, "value": value}
        return (MONDAY, "cancels", "SSE", account, "", value, 2**62, details)

    insert_or_change(MetricFigure, names, [figure("A", 1), figure("B", 2)], whose)
    insert_or_change(MetricFigure, names, [figure("B", None), figure("C", 3)], whose)
    insert_or_change(MetricFigure, names, [], whose)
    rows = MetricFigure.objects.order_by("account").values_list("account", "value", "details")
    assert list(rows) == [
        (name, value, {"of": name, "value": value})
        for name, value in (("A", 1), ("B", None), ("C", 3))
    ]
