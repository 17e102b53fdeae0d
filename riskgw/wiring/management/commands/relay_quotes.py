"""`manage.py relay_quotes`: keeps the desk within restrictions, tells the risk core of quotes."""

import signal
import threading
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections

from monitoring.feed_gate import Contended, GateFull
from monitoring.in_force import InForce, Listener
from quoting.desk_link import EngineAway, EngineLink, NotUnderstood
from quoting.domain.counter_items import Place
from quoting.models import Pair
from riskgw.bus.connection import Client, Unreachable, connect_briefly
from riskgw.wiring.quote_relay import Desk, QuoteFeed, RestrictionRelay
from riskgw.wiring.report import market_now_ns

TURN_SECONDS = 0.05
FEED_SECONDS = 0.5
# After trouble, so that the log does not say the same too often.
TROUBLE_SECONDS = 2.0


class Command(BaseCommand):
    help = "Hand restrictions to the quote engine, and its quotes to the risk core."

    def handle(self, *args: Any, **options: Any) -> None:
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        in_force = InForce()
        Listener(in_force).start()
        desk = Desk(
            Place(settings.RISKGW_DESK["exchange"], settings.RISKGW_DESK["account"]),
            settings.RISKGW_DESK["counter"],
        )
        relay = RestrictionRelay(EngineLink(settings.ENGINE_SOCKET), desk, in_force.current)
        feed = QuoteFeed(settings.RISKGW_HOME / "quoting", desk)
        # What is late is told at the next turn.
        client = connect_briefly()
        fed_at = 0.0
        while not stopping.wait(TURN_SECONDS):
            try:
                relay.turn()
                if time.monotonic() - fed_at >= FEED_SECONDS:
                    fed_at = time.monotonic()
                    close_old_connections()
                    _feed(feed, client)
            except EngineAway:
                stopping.wait(TROUBLE_SECONDS)
            except (*Unreachable, DatabaseError, GateFull, Contended, NotUnderstood) as error:
                self.stderr.write(f"told later: {error}")
                stopping.wait(TROUBLE_SECONDS)


def _feed(feed: QuoteFeed, client: Client) -> None:
    market_ns = market_now_ns(client, time.time_ns())
    feed.turn(dict(Pair.objects.values_list("name", "decimals")), market_ns)
