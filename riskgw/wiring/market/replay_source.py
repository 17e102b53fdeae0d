"""Market data beside the captures that the sensors play: DAY.market.csv at the captures' time."""

import asyncio
import time
from itertools import islice
from pathlib import Path

from django.conf import settings

from capture.io.sensor import order_key
from monitoring.domain.market_gateway import MarketGateway
from riskgw.bus.connection import Client
from riskgw.kernel.times import NS_PER_SECOND
from riskgw.shards.replay_order import MAX_SPEED, ReplayOrder, order_from_json
from riskgw.wiring.market.csv_replay import CsvReplay, NoMarketData, beside
from riskgw.wiring.replays import progress

NAME = "replay"
POLL_SECONDS = 0.05
# So far, by the clock, the market may be ahead of a sensor that is behind its schedule.
AHEAD_SECONDS = 1
# Between two looks at what else there is to do.
SNAPSHOTS_A_TURN = 500


class ReplaySource:
    """Follows the order that the sensors follow."""

    def __init__(self, gateway: MarketGateway, client: Client) -> None:
        self._gateway = gateway
        self._client = client
        self._order: ReplayOrder | None = None
        self._replay = CsvReplay([])
        self.market_ns = 0

    async def run(self) -> None:
        while True:
            is_more = self.turn(time.time_ns())
            await asyncio.sleep(0 if is_more else POLL_SECONDS)

    def turn(self, now_ns: int) -> bool:
        """What is due by now; whether there may be more at once."""
        self._gateway.alive(NAME, now_ns)
        stored = self._client.get(order_key(next(iter(settings.RISKGW_FEEDS))))
        order = order_from_json(stored) if stored else None
        if order is None:
            return False
        if self._order is None or order.id != self._order.id:
            self._begin(order)
        if self._replay.is_done:
            return False
        self.market_ns = self._due_ns(order, now_ns)
        due = list(islice(self._replay.until(self.market_ns), SNAPSHOTS_A_TURN))
        for snapshot in due:
            self._gateway.hear(NAME, snapshot, now_ns)
        source = self._gateway.source(NAME)
        source.refused, source.fault = self._replay.refused, self._replay.last_fault
        return len(due) == SNAPSHOTS_A_TURN

    def _begin(self, order: ReplayOrder) -> None:
        self._order = order
        self._gateway.begin_anew(NAME)
        try:
            self._replay = CsvReplay(beside([Path(file) for file in order.files]))
        except NoMarketData as error:
            self._replay = CsvReplay([])
            self._gateway.source(NAME).fault = str(error)

    def _due_ns(self, order: ReplayOrder, now_ns: int) -> int:
        """The market goes with the clock, but not far ahead of what the sensors have sent."""
        sent = [
            done.until_ns if done and done.order == order.id else 0
            for done in progress(self._client).values()
        ]
        if order.speed == MAX_SPEED:
            return min(sent)
        ahead_ns = round(AHEAD_SECONDS * order.speed * NS_PER_SECOND)
        return min(order.capture_ns(now_ns), max(min(sent), order.first_ns) + ahead_ns)
