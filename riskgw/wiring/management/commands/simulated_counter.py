"""A futures and options counter beside the simulated day: checks, then sends, by REST."""

import json
import signal
import threading
import time
import urllib.error
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from riskgw.reference.actions.load_base import load_base
from riskgw.wiring.simulation.futures_counter import BASE, SOURCE, FuturesCounter
from riskgw.wiring.simulation.rest import Rest

TURN_SECONDS = 1.0
FUNDS_TURNS = 60


class Command(BaseCommand):
    help = "Send the orders of a simulated futures counter, until stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        load_base(BASE)
        access = json.loads((settings.RISKGW_HOME / "demo-access.json").read_text())
        gateway = _Gateway(access["url"], f"Api-Key {access['counter_api_key']}")
        # The clock numbers the items: another run goes on behind this one.
        counter = FuturesCounter(1, time.time_ns() // 1_000_000)
        turn = 0
        while not stopping.wait(TURN_SECONDS):
            try:
                _turn(gateway, counter, with_funds=turn % FUNDS_TURNS == 0)
            except (urllib.error.URLError, TimeoutError) as error:
                # As a real one does: what was not taken is dropped, and it tries again.
                self.stderr.write(f"the gateway does not take it: {error}")
            turn += 1


class _Gateway(Rest):
    def send(self, feed: str, items: list[dict[str, Any]]) -> None:
        self.post(feed, {"source": SOURCE, "items": items})


def _turn(gateway: _Gateway, counter: FuturesCounter, *, with_funds: bool) -> None:
    """Orders are checked, those that may leave are sent, and a moment later they are traded."""
    if with_funds:
        gateway.send("funds", counter.funds())
    orders = counter.orders()
    asked = [
        {name: value for name, value in order.items() if name != "source_id"} for order in orders
    ]
    verdicts = gateway.post("orders/check", {"orders": asked})["results"]
    allowed = [
        order for order, each in zip(orders, verdicts, strict=True) if each["verdict"] == "allow"
    ]
    if allowed:
        gateway.send("orders", allowed)
        gateway.send("executions", counter.fills(allowed))
    # Who asks is heard before who answers.
    for feed, items in (("quote-requests", counter.quote_requests()), ("quotes", counter.quotes())):
        if items:
            gateway.send(feed, items)
