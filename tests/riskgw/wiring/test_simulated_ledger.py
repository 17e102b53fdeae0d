"""The demo's unit cleans up behind its earlier runs, and touches nobody else's transactions."""

from typing import Any

import pytest

from ledger.domain.direction import Direction
from ledger.models import LedgerTransaction, Voucher
from riskgw.wiring.management.commands.simulated_ledger import begin
from riskgw.wiring.simulation.ledger_clerk import LedgerClerk
from riskgw.wiring.simulation.rest import Rest
from tests.ledger.books import account, paid, transfer, verdict
from tests.pages import signed_in
from tests.sockets import token_of


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_what_an_earlier_run_left_undecided_is_cancelled(live_server: Any) -> None:
    account("cash", Direction.UNRESTRICTED)
    account("a")
    paid(transfer("opening", "cash", "a", "100"))
    for name in ("demo.1.order.7", "demo.1.order.8", "x.order.7"):
        assert verdict(transfer(name, "a", "cash", "1")) == ("tried", None)
    signed_in("accountant")
    site = Rest(live_server.url, f"Token {token_of('accountant')}")
    begin(site, LedgerClerk(1, "2"))
    begin(site, LedgerClerk(1, "3"))
    states = dict(LedgerTransaction.objects.values_list("pk", "state"))
    assert {states[f"demo.1.order.{number}"] for number in (7, 8)} == {"cancelled"}
    assert states["x.order.7"] == "tried"
    assert states["demo.opening.C00001"] in ("confirmed", "posted")
    # One voucher that waits is enough to show, however often the demo is started.
    assert Voucher.objects.count() == 1
