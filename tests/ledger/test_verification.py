"""One row changed behind the ledger's back is found and located."""

import csv
import logging
from datetime import date
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F
from openpyxl import load_workbook

from ledger.actions.cancel import cancel
from ledger.actions.confirm import confirm
from ledger.actions.reconcile import reconcile
from ledger.domain.direction import Direction
from ledger.models import (
    LedgerAccount,
    LedgerLeg,
    LedgerTransaction,
    PostingMessage,
    Reconciliation,
    Refusal,
    StatementLine,
)
from ledger.statements import HEADER, as_csv, as_workbook
from ledger.tasks import reconcile_daily
from ledger.verification import findings
from riskgw.celery import app
from tests.ledger.books import BY, account, paid, transfer, verdict

pytestmark = pytest.mark.django_db

EVER = (date(2000, 1, 1), date(2100, 1, 1))


@pytest.fixture(autouse=True)
def books() -> None:
    """Something in every state."""
    account("cash", Direction.UNRESTRICTED)
    account("a")
    account("b")
    paid(transfer("opening", "cash", "a", "100"))
    for number in range(4):
        paid(transfer(f"paid{number}", "a", "b", "10"))
    verdict(transfer("tried", "a", "b", "10"))
    verdict(transfer("cancelled", "a", "b", "10"))
    cancel("cancelled", BY)
    cancel("tombstone", BY)
    verdict(transfer("rejected", "a", "b", "1000"))
    verdict(transfer("confirmed", "a", "b", "10"))
    confirm("confirmed", BY)


def found() -> set[tuple[str, str]]:
    return {(each.table, each.row) for each in findings()}


def line(seq: int) -> Any:
    return StatementLine.objects.filter(account="a", seq=seq)


def test_untouched_books_hold() -> None:
    assert found() == set()
    out = StringIO()
    call_command("ledger_verify", stdout=out)
    assert "the books hold" in out.getvalue()


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 999}, {"balance_after": 1}, {"side": "credit"}, {"transaction": "other"},
        {"value_date": date(2020, 1, 1)}, {"posting_date": date(2020, 1, 1)}, {"seal": "0" * 64},
    ],
)  # fmt: skip
def test_a_changed_line_is_located(change: dict[str, Any]) -> None:
    line(3).update(**change)
    places = found()
    assert ("statement line", "a 3") in places
    # What follows from the line is named as well, nothing that comes before it.
    assert places <= {("statement line", "a 3"), ("statement line", "a 4")}


def test_a_line_taken_out_is_located() -> None:
    line(3).delete()
    assert ("statement line", "a 4") in found()
    assert ("leg", "paid1.0") in found()


def test_the_last_line_taken_out_is_missed_by_the_account() -> None:
    line(5).delete()
    assert ("account", "a") in found()


@pytest.mark.parametrize(
    "change", [{"posted": F("posted") + 1}, {"reserved": F("reserved") + 1}, {"seal": "1" * 64}]
)
def test_a_changed_account_is_located(change: dict[str, Any]) -> None:
    LedgerAccount.objects.filter(pk="a").update(**change)
    assert ("account", "a") in found()
    assert {row for table, row in found() if table == "account"} == {"a"}


@pytest.mark.parametrize("name", ["paid1", "tried", "cancelled", "confirmed"])
@pytest.mark.parametrize("change", [{"amount": F("amount") + 1}, {"side": "credit"}])
def test_a_changed_leg_is_located(name: str, change: dict[str, Any]) -> None:
    LedgerLeg.objects.filter(transaction=name, place=0).update(**change)
    assert ("transaction", name) in found()


@pytest.mark.parametrize("change", [{"memo": "x"}, {"value_date": date(2020, 1, 1)}])
@pytest.mark.parametrize("name", ["paid1", "tried", "rejected"])
def test_a_changed_transaction_is_located(name: str, change: dict[str, Any]) -> None:
    LedgerTransaction.objects.filter(pk=name).update(**change)
    assert found() == {("transaction", name)}


def test_a_state_that_was_turned_is_located() -> None:
    LedgerTransaction.objects.filter(pk="paid1").update(state="tried", settled_at=None)
    assert {("leg", "paid1.0"), ("leg", "paid1.1")} <= found()


def test_a_refusal_turned_into_another_is_located() -> None:
    Refusal.objects.update(legs=[])
    assert found() == {("transaction", "rejected")}


def test_a_message_that_does_not_fit_is_located() -> None:
    PostingMessage.objects.filter(leg__transaction="paid1", kind="second").update(applied_at=None)
    assert found() == {("posting message", "paid1.0")}


def test_a_leg_on_no_account_is_located() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ledger_ledgerleg SET account_id = 'nobody' WHERE transaction_id = 'tried'"
            " AND place = 0"
        )
    assert ("leg", "tried.0") in found()


@pytest.mark.parametrize(
    ("table", "column", "row"),
    [
        ("ledgerleg", "transaction_id = 'nobody'", ("leg", "nobody.0")),
        ("statementline", "leg_id = -1", ("statement line", "a 2")),
        ("postingmessage", "leg_id = -1", ("posting message", "-1 second")),
    ],
)
def test_a_row_without_its_parent_is_located(table: str, column: str, row: tuple[str, str]) -> None:
    leg = LedgerLeg.objects.get(transaction="paid0", place=0).pk
    key = "id" if table == "ledgerleg" else "leg_id"
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE ledger_{table} SET {column} WHERE {key} = {leg}")
    assert row in found()


def test_the_command_names_the_row_and_fails() -> None:
    line(3).update(amount=999)
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("ledger_verify", stdout=out)
    assert "statement line a 3: the line is not what was sealed" in out.getvalue()
    out = StringIO()
    call_command("ledger_verify", "b", "--heads", stdout=out)
    seal = LedgerAccount.objects.get(pk="b").seal
    assert f"b 4 {seal}" in out.getvalue()


def test_balances_are_reconciled_with_events() -> None:
    assert reconcile().differences == []
    LedgerAccount.objects.filter(pk="b").update(posted=F("posted") + 5)
    assert reconcile().differences == [
        {"account": "b", "what": "posted", "balance": "4005", "events": "4000"}
    ]
    with pytest.raises(CommandError):
        call_command("ledger_reconcile", stdout=StringIO())


def test_every_day_somebody_reconciles_and_says_what_differs(
    caplog: pytest.LogCaptureFixture,
) -> None:
    asked = {each["task"] for each in app.conf.beat_schedule.values()}
    assert reconcile_daily.name in asked
    with caplog.at_level(logging.ERROR):
        reconcile_daily()
        assert not caplog.records
        LedgerAccount.objects.filter(pk="b").update(posted=F("posted") + 5)
        reconcile_daily()
    assert [len(each.differences) for each in Reconciliation.objects.order_by("pk")] == [0, 1]
    assert caplog.messages == ["b: posted is 4005, its events say 4000"]


def test_a_statement_as_csv_runs_from_opening_to_closing() -> None:
    lines = as_csv("a", *EVER).decode("utf-8-sig").splitlines()
    assert len(lines) == 8
    assert lines[1].endswith(",opening,,,0.00")
    assert lines[2].endswith(",opening,credit,100.00,100.00")
    assert lines[6].endswith(",paid3,debit,10.00,60.00")
    assert lines[7].endswith(",closing,,,60.00")


def test_a_statement_as_a_workbook_says_the_same(tmp_path: Path) -> None:
    header, *rows = sheet_of("a").iter_rows()
    assert tuple(cell.value for cell in header) == HEADER
    said = [[text_of(*each) for each in zip(HEADER, row, strict=True)] for row in rows]
    assert said == csv_of("a")
    for name in ("a.csv", "a.xlsx"):
        call_command("ledger_statement", "a", "2000-01-01", "2100-01-01", str(tmp_path / name))
    assert (tmp_path / "a.csv").read_bytes() == as_csv("a", *EVER)
    assert (tmp_path / "a.xlsx").read_bytes()[:2] == b"PK"


def sheet_of(name: str) -> Any:
    (sheet,) = load_workbook(BytesIO(as_workbook(name, *EVER))).worksheets
    return sheet


def csv_of(name: str) -> list[list[str]]:
    header, *rows = csv.reader(StringIO(as_csv(name, *EVER).decode("utf-8-sig"), newline=""))
    assert tuple(header) == HEADER
    return rows


def text_of(name: str, cell: Any) -> str:
    """As in CSV; money is a number."""
    if name in ("amount", "balance_after") and cell.value is not None:
        assert cell.data_type == "n"
        return f"{cell.value:.2f}"
    return "" if cell.value is None else str(cell.value)


def test_negative_money_is_a_number_in_both_files() -> None:
    assert [row[-1] for row in csv_of("cash")] == ["0.00", "-100.00", "-100.00"]
    balances = [row[-1] for row in sheet_of("cash").iter_rows(min_row=2)]
    assert [(cell.data_type, cell.value) for cell in balances] == [("n", 0)] + [("n", -100)] * 2


def test_a_transaction_that_looks_like_a_formula_is_text_in_both_files() -> None:
    paid(transfer("=1+1", "a", "b", "10"))
    place = HEADER.index("transaction")
    assert csv_of("a")[-2][place] == "'=1+1"
    cell = list(sheet_of("a").iter_rows())[-2][place]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_an_account_named_as_no_sheet_may_be_has_a_workbook() -> None:
    account("a:[1]*?")
    assert sheet_of("a:[1]*?").title == "a__1___"
