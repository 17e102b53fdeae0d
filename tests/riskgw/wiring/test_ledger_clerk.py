"""The demo's clerk asks the ledger for what makes sense, and for some that is refused."""

from decimal import Decimal
from typing import Any

from riskgw.wiring.simulation.ledger_clerk import ACCOUNTS, LedgerClerk

TURNS = 300


def total(item: dict[str, Any], side: str) -> Decimal:
    return sum((Decimal(leg["amount"]) for leg in item["legs"] if leg["side"] == side), Decimal())


def test_every_transaction_balances_between_accounts_that_are_opened() -> None:
    clerk = LedgerClerk(1, "run")
    turns = [clerk.turn() for _ in range(TURNS)]
    items = [*clerk.opening(), *(item for turn in turns for item in turn.tries)]
    known = {account.id: account.currency for account in ACCOUNTS}
    for item in items:
        assert total(item, "debit") == total(item, "credit") > 0
        assert len({known[leg["account"]] for leg in item["legs"]}) == 1
    assert len({item["id"] for item in items}) == len(items)


def test_reservations_are_decided_later_and_only_once() -> None:
    clerk = LedgerClerk(1, "run")
    tried: set[str] = set()
    decided: list[str] = []
    for _ in range(TURNS):
        turn = clerk.turn()
        assert {name for name, _ in turn.decisions} <= tried
        decided += [name for name, _ in turn.decisions]
        tried |= {item["id"] for item in turn.tries if not item["confirm"]}
    assert 0 < len(decided) == len(set(decided)) < len(tried)


def test_parents_are_opened_before_their_children() -> None:
    seen: set[str | None] = {None}
    for account in LedgerClerk.accounts():
        assert account["parent"] in seen
        seen.add(account["id"])
