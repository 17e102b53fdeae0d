"""A unit that keeps clients' money, beside the simulated day: it tries and decides, by REST."""

import json
import signal
import threading
import time
import urllib.error
from collections import deque
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from riskgw.wiring.demo import CLERK
from riskgw.wiring.simulation.ledger_clerk import MARK, LedgerClerk
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
        # Decisions that the ledger has not answered yet: one that it did not hear is said again.
        owed: deque[tuple[str, str]] = deque()
        while not stopping.wait(TURN_SECONDS):
            try:
                if not is_open:
                    begin(site, clerk)
                    is_open = True
                _turn(site, clerk, owed)
            except (urllib.error.URLError, TimeoutError) as error:
                self.stderr.write(f"the ledger does not take it: {error}")


def begin(site: Rest, clerk: LedgerClerk) -> None:
    for account in clerk.accounts():
        site.post("ledger/accounts", account)
    site.post("ledger/transactions/bulk", {"items": clerk.opening()})
    for name in undecided(site):
        site.post(f"ledger/transactions/{name}/cancel", {})
    for path, proposal in clerk.proposals():
        if not _is_proposed(site, path):
            site.post(path, proposal)


def undecided(site: Rest) -> list[str]:
    """What earlier runs tried and have not decided: a coordinator that comes back decides it."""
    found: list[str] = []
    place = ""
    while True:
        page = site.get(f"ledger/in-flight{place}")
        found += [row["id"] for row in page["results"] if row["id"].startswith(MARK)]
        if page["next"] is None:
            return found
        place = f"?cursor={page['next']}"


def _is_proposed(site: Rest, path: str) -> bool:
    waiting = site.get(f"{path}?state=proposed")
    return any(row["id"].startswith(MARK) for row in waiting["results"])


def _turn(site: Rest, clerk: LedgerClerk, owed: deque[tuple[str, str]]) -> None:
    turn = clerk.turn()
    owed.extend(turn.decisions)
    site.post("ledger/transactions/bulk", {"items": turn.tries})
    while owed:
        name, decision = owed[0]
        # A refusal is an answer, too.
        with suppress(urllib.error.HTTPError):
            site.post(f"ledger/transactions/{name}/{decision}", {})
        owed.popleft()
