"""A unit that keeps clients' money, beside the simulated day: it tries and decides, by REST."""

import json
import signal
import threading
import time
import urllib.error
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from riskgw.wiring.demo import CLERK
from riskgw.wiring.simulation.ledger_clerk import LedgerClerk
from riskgw.wiring.simulation.rest import Rest

TURN_SECONDS = 1.0


class Command(BaseCommand):
    help = "Send the transactions of a simulated unit to the ledger, until stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.IS_PRODUCTION:
            raise CommandError("made-up transactions have no place in production")
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        access = json.loads((settings.RISKGW_HOME / "demo-access.json").read_text())
        site = Rest(access["url"], f"Token {access['users'][CLERK]['token']}")
        # The clock names the run: another one goes on behind this one.
        clerk = LedgerClerk(1, str(int(time.time())))
        is_open = False
        while not stopping.wait(TURN_SECONDS):
            try:
                if not is_open:
                    _open(site, clerk)
                    is_open = True
                _turn(site, clerk)
            except (urllib.error.URLError, TimeoutError) as error:
                self.stderr.write(f"the ledger does not take it: {error}")


def _open(site: Rest, clerk: LedgerClerk) -> None:
    for account in clerk.accounts():
        site.post("ledger/accounts", account)
    site.post("ledger/transactions/bulk", {"items": clerk.opening()})
    for path, proposal in clerk.proposals():
        site.post(path, proposal)


def _turn(site: Rest, clerk: LedgerClerk) -> None:
    turn = clerk.turn()
    site.post("ledger/transactions/bulk", {"items": turn.tries})
    for name, decision in turn.decisions:
        site.post(f"ledger/transactions/{name}/{decision}", {})
