"""The books in the admin site: seen by those who keep and audit them, changed by nobody."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from ledger.actions.accounts import change_account
from ledger.actions.propose import WantedPermit, propose_permit, propose_voucher
from ledger.actions.reconcile import reconcile
from ledger.admin.amounts import amount_text
from ledger.domain.account import Gesture
from ledger.domain.direction import Direction
from ledger.models import LedgerAccount, LedgerTransaction, Refusal, StatementLine
from tests.ledger.books import BY, account, paid, transfer, verdict
from tests.pages import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def books() -> None:
    account("cash", Direction.UNRESTRICTED)
    account("a")
    paid(transfer("opening", "cash", "a", "1234567.5"))
    verdict(transfer("refused", "a", "cash", "2000000"))
    change_account("a", Gesture.FREEZE_ALL, "inquiry", BY)
    reconcile()


def page(client: Client, record: Any) -> str:
    model = record._meta.model_name
    answer = client.get(reverse(f"admin:ledger_{model}_change", args=[record.pk]))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize(
    ("value", "currency", "text"),
    [(123456750, "CNY", "1,234,567.50"), (-5, "CNY", "-0.05"), (1234, "JPY", "1,234")],
)
def test_amounts_are_grouped(value: int, currency: str, text: str) -> None:
    assert amount_text(value, currency) == text


@pytest.mark.parametrize("role", ["accountant", "auditor"])
def test_an_account_shows_its_figures_and_what_was_done_with_it(role: str) -> None:
    text = page(signed_in(role), LedgerAccount.objects.get(pk="a"))
    assert "1,234,567.50" in text
    assert "inquiry" in text


def test_a_transaction_shows_its_legs_and_messages() -> None:
    text = page(signed_in("auditor"), LedgerTransaction.objects.get(pk="opening"))
    assert "1,234,567.50" in text
    assert "first" in text


def test_a_refusal_shows_what_was_asked_for_and_why() -> None:
    text = page(signed_in("auditor"), Refusal.objects.get())
    assert "2,000,000.00" in text
    assert "not enough available" in text


@pytest.mark.parametrize(
    "model", ["ledgeraccount", "ledgertransaction", "statementline", "refusal", "reconciliation"]
)
def test_each_list_has_its_rows(model: str) -> None:
    answer = signed_in("auditor").get(reverse(f"admin:ledger_{model}_changelist"))
    assert answer.status_code == 200
    assert answer.context["cl"].result_count > 0


def test_a_line_shows_the_balance_after_it() -> None:
    line = StatementLine.objects.get(account="a")
    assert "1,234,567.50" in page(signed_in("auditor"), line)


@pytest.mark.parametrize("role", ["accountant", "auditor"])
def test_proposals_are_shown_and_changed_by_nobody_here(role: str) -> None:
    legs = transfer("v", "cash", "a", "12.5")
    voucher = propose_voucher(legs, "booked twice", BY)
    permit = propose_permit(WantedPermit("p", "a", "1000"), "block trade", BY)
    assert "12.50" in page(signed_in(role), voucher)
    assert "1,000.00" in page(signed_in(role), permit)
    address = reverse("admin:ledger_voucher_change", args=["v"])
    assert signed_in(role).post(address, {"state": "approved"}).status_code == 403
