"""A decision log as an engine writes one: a desk's day in a few lines."""

from pathlib import Path

from quoting.domain.book import Book
from quoting.domain.cell import Gesture
from quoting.domain.effects import Quote, WithdrawAll, WithdrawPair
from quoting.domain.events import (
    Acknowledged,
    ChannelUp,
    DealRequested,
    Event,
    PriceRequested,
    StopAll,
    Tick,
    Touch,
)
from quoting.domain.settings import BookSettings, ChannelSettings
from quoting.domain.words import Side
from quoting.io.decision_log import DecisionLog
from tests.quoting.domain.desk import ASK, BID, CHANNEL, PAIR, SIZE, START_NS
from tests.quoting.domain.desk import SETTINGS as PAIR_SETTINGS

SETTINGS = BookSettings((PAIR_SETTINGS,), (ChannelSettings(CHANNEL),))


class Run:
    """One run of an engine; its channel answers every message at once, or never."""

    def __init__(self, folder: Path, after_ns: int = 0) -> None:
        self.log = DecisionLog(folder)
        self.book = Book(SETTINGS)
        self.now_ns = START_NS + after_ns
        self.answers = True
        self.log.begin(SETTINGS, self.now_ns)

    def hear(self, *events: Event) -> None:
        for event in events:
            self.now_ns += 1_000_000
            decision = self.book.decide(event, self.now_ns)
            self.log.append(decision)
            for effect in decision.effects:
                if self.answers and isinstance(effect, Quote | WithdrawPair | WithdrawAll):
                    self.hear(Acknowledged(CHANNEL, effect.quote))
        self.log.flush()

    def day(self) -> "Run":
        """Prices, a deal, a request, a stop."""
        self.hear(ChannelUp(CHANNEL), _tick(0), Touch(PAIR, Gesture.START, by="mary"))
        for move in range(1, 6):
            self.hear(_tick(move))
        self.hear(
            DealRequested(PAIR, "D1", Side.BID, BID + 5, SIZE, "BANKX"),
            PriceRequested(PAIR, "R1", SIZE, "BANKX"),
            StopAll(by="mary"),
        )
        return self


def _tick(move: int) -> Tick:
    return Tick(PAIR, "CMDSB", "BCHO", ((BID + move, 0),), ((ASK + move, 0),))
