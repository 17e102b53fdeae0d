"""What the page Ledger asks for: lists, vouchers and permits by REST, files."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from ledger.actions.cut_day import cut_day
from ledger.actions.post import post_due
from ledger.actions.reconcile import reconcile
from ledger.domain.alarms import IN_FLIGHT_MAX
from ledger.models import LedgerTransaction
from ledger.queries import books_day
from tests.ledger.api.test_rest import V1, Caller, code, legs
from tests.pages import signed_in

pytestmark = pytest.mark.django_db

_EITHER = {"direction": "unrestricted"}


@pytest.fixture
def caller() -> Caller:
    """`a` holds 100.00; `b` is below it, its name a formula; `cash` may go either way."""
    caller = Caller()
    common = {"currency": "CNY", "direction": "credit"}
    caller.post("accounts", {**common, "id": "cash", "name": "Suspense"} | _EITHER)
    caller.post("accounts", {**common, "id": "a", "name": "Client A"})
    caller.post("accounts", {**common, "id": "b", "name": "=1+1", "parent": "a"})
    caller.pay("opening", "cash", "a", "100")
    return caller


@pytest.fixture
def checker() -> Client:
    return signed_in("accountant", "checker")


def names(answer: Any) -> list[str]:
    return [each["id"] for each in answer.json()["results"]]


def test_accounts_are_listed_with_their_figures(caller: Caller) -> None:
    caller.transfer("t", "a", "b", "60")
    first = caller.get("accounts?search=client").json()["results"][0]
    assert {
        name: first[name]
        for name in ("id", "posted", "reserved", "available", "seq", "has_children")
    } == {
        "id": "a", "posted": "100.00", "reserved": "60.00", "available": "40.00", "seq": 1,
        "has_children": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("parent=-", ["a", "cash"]),
        ("parent=a", ["b"]),
        ("parent=b", []),
        ("search=susp", ["cash"]),
        ("search=A", ["a", "cash"]),
        ("direction=unrestricted", ["cash"]),
        ("usability=frozen", []),
        ("currency=USD", []),
        ("currency=CNY&direction=credit", ["a", "b"]),
    ],
)
def test_accounts_are_found_by_filter_and_by_branch(
    caller: Caller, query: str, found: list[str]
) -> None:
    assert names(caller.get(f"accounts?{query}")) == found


def test_what_was_done_with_an_account_is_shown_newest_first(caller: Caller) -> None:
    caller.post("accounts/b/freeze", {"reason": "inquiry"})
    changes = caller.get("accounts/b/changes").json()
    assert [(each["what"], each["reason"]) for each in changes] == [
        ("freeze_all", "inquiry"), ("open", ""),
    ]  # fmt: skip
    assert code(caller.get("accounts/x/changes")) == (404, "not_found")


def test_undecided_tries_are_listed_oldest_first_and_the_aged_are_marked(caller: Caller) -> None:
    for number in (1, 2, 3):
        caller.transfer(f"t{number}", "a", "b", "10")
    caller.post("transactions/t2/confirm")
    long_ago = timezone.now() - IN_FLIGHT_MAX - timedelta(seconds=1)
    LedgerTransaction.objects.filter(pk="t3").update(tried_at=long_ago)
    found = caller.get("in-flight").json()["results"]
    assert [(each["id"], each["is_aged"], each["reserves"]) for each in found] == [
        ("t3", True, True), ("t1", False, True),
    ]  # fmt: skip
    assert found[0]["age_seconds"] > IN_FLIGHT_MAX.total_seconds()
    assert [leg["amount"] for leg in found[0]["legs"]] == ["10.00", "10.00"]
    assert names(caller.get("in-flight?older_than_seconds=600")) == ["t3"]
    assert names(caller.get("in-flight?account=cash")) == []
    assert [each["count"] for each in caller.get("flow").json()["ages"]] == [1, 0, 0, 1, 0]


def test_refusals_say_why_and_who_asked(caller: Caller) -> None:
    caller.transfer("t1", "a", "b", "1000", memo="rent")
    caller.post("accounts/b/freeze", {"reason": "r"})
    caller.transfer("t2", "a", "b", "1")
    found = caller.get("refusals").json()["results"]
    assert [(each["id"], each["reason"], each["account"], each["by"]) for each in found] == [
        ("t2", "unusable", "b", "accountant"), ("t1", "insufficient", "a", "accountant"),
    ]  # fmt: skip
    assert (found[1]["memo"], found[1]["legs"][0]["amount"]) == ("rent", "1000.00")
    assert names(caller.get("refusals?reason=insufficient")) == ["t1"]
    assert names(caller.get("refusals?account=b")) == ["t2"]
    assert names(caller.get("refusals?by=nobody")) == []
    assert names(caller.get("refusals?since=2100-01-01T00:00:00Z")) == []


def test_the_days_of_the_books(caller: Caller) -> None:
    today = books_day(timezone.now())
    reconcile()
    cut_day(today, today + timedelta(days=1), "accountant")
    found = caller.get("days").json()
    assert (
        found["day"] == str(today + timedelta(days=1)) == caller.get("trial-balance").json()["day"]
    )
    assert [each["closed"] for each in found["cuts"]] == [str(today)]
    assert [(each["accounts"], each["differences"]) for each in found["reconciliations"]] == [
        (3, [])
    ]


def test_a_voucher_from_proposal_to_booking(caller: Caller, checker: Client) -> None:
    body = {"id": "v", **legs("a", "b", "60"), "memo": "refund", "reason": "booked twice"}
    made = caller.post("vouchers", body)
    assert (made.status_code, made.json()["state"]) == (201, "proposed")
    assert caller.post("vouchers", body).json() == made.json()
    assert code(caller.post("vouchers", {**body, "memo": "other"})) == (409, "body_differs")
    assert code(caller.post("vouchers/v/approve")) == (403, "second_person")
    assert names(caller.get("vouchers?state=proposed")) == ["v"]
    answer = checker.post(f"{V1}/vouchers/v/approve", {"reason": "seen"}, "application/json")
    shown = answer.json()
    assert (answer.status_code, shown["state"], shown["decided_by"]) == (200, "booked", "checker")
    assert [(each["what"], each["by"], each["reason"]) for each in shown["history"]] == [
        ("proposed", "accountant", "booked twice"),
        ("approved", "checker", "seen"),
        ("booked", None, None),
    ]
    assert names(caller.get("vouchers?state=proposed")) == []
    post_due()
    assert caller.balance("b")[0] == "60.00"
    assert caller.get("transactions/v").json()["state"] == "posted"
    assert code(caller.post("vouchers/v/withdraw")) == (409, "decided")


def test_a_voucher_that_does_not_balance_is_not_kept(caller: Caller) -> None:
    uneven = {"legs": [legs("a", "b", "1")["legs"][0], legs("a", "b", "2")["legs"][1]]}
    assert code(caller.post("vouchers", {"id": "v", **uneven, "reason": "r"})) == (
        422, "unacceptable",
    )  # fmt: skip
    assert code(caller.post("vouchers", {"id": "v", **legs("a", "b", "1")})) == (400, "invalid")
    assert code(caller.get("vouchers/v")) == (404, "not_found")


def test_a_permit_from_proposal_to_the_new_limit(caller: Caller, checker: Client) -> None:
    until = (timezone.now() + timedelta(hours=1)).isoformat()
    body = {"id": "p", "account": "a", "limit": "50", "expires_at": until, "reason": "block trade"}
    made = caller.post("overdraft-permits", body)
    assert (made.status_code, made.json()["limit"], made.json()["before"]) == (201, "50.00", None)
    assert code(caller.post("overdraft-permits/p/approve")) == (403, "second_person")
    answer = checker.post(f"{V1}/overdraft-permits/p/approve", {}, "application/json")
    assert (answer.json()["state"], answer.json()["before"]) == ("approved", "0.00")
    assert caller.get("accounts/a").json()["overdraft"] == "50.00"
    assert caller.balance("a") == ("100.00", "0.00", "150.00")
    assert names(caller.get("overdraft-permits?by=accountant")) == ["p"]
    assert caller.get("overdraft-permits/p").json() == answer.json()
    body = {"id": "q", "account": "x", "limit": "50", "reason": "r"}
    assert code(caller.post("overdraft-permits", body)) == (422, "unknown_account")


@pytest.mark.parametrize("what", ["vouchers", "overdraft-permits"])
def test_a_rejection_needs_its_reason(caller: Caller, checker: Client, what: str) -> None:
    caller.post("vouchers", {"id": "n", **legs("a", "b", "1"), "reason": "r"})
    caller.post("overdraft-permits", {"id": "n", "account": "a", "limit": "1", "reason": "r"})
    path = f"{V1}/{what}/n/reject"
    assert code(checker.post(path, {}, "application/json")) == (400, "invalid")
    answer = checker.post(path, {"reason": "no"}, "application/json")
    assert (answer.json()["state"], answer.json()["decision_reason"]) == ("rejected", "no")


@pytest.mark.parametrize("what", ["vouchers", "overdraft-permits"])
def test_an_auditor_looks_and_decides_nothing(caller: Caller, what: str) -> None:
    auditor = signed_in("auditor")
    assert auditor.get(f"{V1}/{what}").status_code == 200
    for path in ("", "/n/approve", "/n/reject", "/n/withdraw"):
        answer = auditor.post(f"{V1}/{what}{path}", {"reason": "r"}, "application/json")
        assert answer.status_code == 403


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("account-list/export?search=client", "a,Client A,CNY,credit,,open,100.00,10.00,90.00"),
        ("account-list/export", "b,'=1+1,CNY"),
        ("in-flight/export", "debit a 10.00; credit b 10.00"),
        ("refusals/export", "insufficient,a,accountant"),
        ("accounts/a/statement/export?first=2000-01-01&last=2100-01-01", "opening,credit,100.00"),
    ],
)
def test_each_list_is_exported_as_it_is_filtered(caller: Caller, path: str, text: str) -> None:
    caller.transfer("t1", "a", "b", "10")
    caller.transfer("t2", "a", "b", "1000")
    assert text in caller.get(path).content.decode("utf-8-sig")
    assert signed_in("trader").get(f"{V1}/{path}").status_code == 403


def test_a_statement_as_a_workbook_has_no_formulas(caller: Caller) -> None:
    caller.pay("=1+1", "a", "b", "10")
    path = "accounts/a/statement/export?first=2000-01-01&last=2100-01-01&kind=xlsx"
    answer = caller.get(path)
    assert answer["X-Export-Rows"] == "2"
    cells = [cell for row in load_workbook(BytesIO(answer.content)).active.rows for cell in row]
    assert "=1+1" in [cell.value for cell in cells]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert code(caller.get("accounts/x/statement/export?first=2000-01-01&last=2100-01-01")) == (
        404, "not_found",
    )  # fmt: skip
