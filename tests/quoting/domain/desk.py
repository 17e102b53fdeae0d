"""A desk with a book and a counterparty of its own: what it has is what the messages say."""

import pickle
from collections.abc import Iterable

from msgspec.structs import replace

from quoting.domain.book import Book
from quoting.domain.cell import Cell, Gesture
from quoting.domain.effects import Effect, Quote, WithdrawAll, WithdrawPair
from quoting.domain.events import (
    Acknowledged,
    ChannelUp,
    Event,
    Rejected,
    Tick,
    Timer,
    Touch,
)
from quoting.domain.settings import BookSettings, ChannelSettings, PairSettings
from quoting.domain.spread import SpreadRules
from quoting.domain.words import Side
from riskgw.kernel.times import NS_PER_SECOND

PAIR = "USD.CNY"
CHANNEL = "CHANNEL1"
START_NS = 1_700_000_000 * NS_PER_SECOND
SIZE = 1_000_000
BID, ASK = 64_688, 64_701
OTHER = "EUR.USD"
Held = dict[tuple[str, Side, int], tuple[int, int]]
SETTINGS = PairSettings(
    PAIR, CHANNEL, trader="mary", choices={"CMDSB": ("CMDSB",)}, spread=SpreadRules(tiers={3: 2})
)


class Peer:
    """The counterparty: works through messages in order; its answers may be kept back."""

    def __init__(self) -> None:
        self.held: Held = {}
        self.is_up = False

    def take(self, effect: Effect) -> int | None:
        """The number of the message, if it is one."""
        match effect:
            case Quote():
                for entry in effect.entries:
                    key = effect.pair, entry.side, entry.level
                    if entry.price is None:
                        self.held.pop(key, None)
                    else:
                        self.held[key] = entry.price, entry.size
            case WithdrawPair():
                self.held = {k: v for k, v in self.held.items() if k[0] != effect.pair}
            case WithdrawAll():
                self.held = {}
            case _:
                return None
        return effect.quote


class Desk:
    """`answers`: whether the counterparty acknowledges at once; else `pending` waits."""

    def __init__(
        self, *pairs: PairSettings, channel: ChannelSettings | None = None, **more: object
    ) -> None:
        channels = (channel or ChannelSettings(CHANNEL),)
        self.settings = BookSettings(pairs, channels, **more)  # type: ignore[arg-type]  # by name
        self.book = Book(self.settings)
        self.peer = Peer()
        self.now_ns = START_NS
        self.answers = True
        self.pending: list[int] = []
        # Answers to older messages are lost.
        self.most_pending = 1_000
        self.effects: list[Effect] = []

    def saved(self) -> bytes:
        return pickle.dumps(self, pickle.HIGHEST_PROTOCOL)

    @staticmethod
    def restored(saved: bytes) -> "Desk":
        made = pickle.loads(saved)
        assert isinstance(made, Desk)
        return made

    def do(self, event: Event, after_ns: int = 0) -> list[Effect]:
        """The event's effects; the counterparty has what follows from them."""
        self.now_ns += after_ns
        self.effects = self.book.apply(event, self.now_ns)
        self._deliver(self.effects)
        return self.effects

    def _deliver(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            quote = self.peer.take(effect)
            if quote is None:
                continue
            if self.answers:
                self._deliver(self.book.apply(Acknowledged(CHANNEL, quote), self.now_ns))
            else:
                self.pending = [*self.pending, quote][-self.most_pending :]

    def up(self) -> "Desk":
        self.do(ChannelUp(CHANNEL))
        return self

    def tick(self, bid: int, ask: int, provider: str = "BCHO", **more: object) -> list[Effect]:
        source = str(more.pop("source", "CMDSB"))
        after_ns = int(str(more.pop("after_ns", 0)))
        size = int(str(more.pop("size", SIZE)))
        return self.do(
            Tick(PAIR, source, provider, ((bid, size),), ((ask, size),)), after_ns=after_ns
        )

    def touch(
        self,
        gesture: Gesture,
        side: Side | None = Side.BID,
        level: int | None = 0,
        value: int | None = None,
    ) -> list[Effect]:
        return self.do(Touch(PAIR, gesture, side, level, value, "mary"))

    def start_all(self) -> list[Effect]:
        return self.touch(Gesture.START, None, None)

    def wait(self, ns: int) -> list[Effect]:
        """Time passes; whenever the book asked to be told, it is."""
        end_ns = self.now_ns + ns
        effects: list[Effect] = []
        for _ in range(10_000):
            due_ns = self.book.next_at_ns()
            if due_ns is None or due_ns > end_ns:
                break
            self.now_ns = max(self.now_ns, due_ns)
            effects += self.do(Timer())
        else:
            raise AssertionError("the book asks for the time again and again")
        self.now_ns = end_ns
        self.effects = effects
        return effects

    def acknowledge(self) -> None:
        """The oldest message that waits for its answer."""
        self.do(Acknowledged(CHANNEL, self.pending.pop(0)))

    def reject(self) -> None:
        self.do(Rejected(CHANNEL, self.pending.pop(0)))

    def cell(self, side: Side = Side.BID, level: int = 0, pair: str = PAIR) -> Cell:
        return self.book.panels[pair].cells[side, level]

    def held(self, side: Side = Side.BID, level: int = 0, pair: str = PAIR) -> int | None:
        """The price that the counterparty has."""
        found = self.peer.held.get((pair, side, level))
        return found[0] if found else None


def live(settings: PairSettings = SETTINGS, **more: object) -> Desk:
    """A desk with all eight prices in the market."""
    desk = Desk(settings, **more).up()  # type: ignore[arg-type]  # channel and traders by name
    desk.tick(BID, ASK, size=0)
    desk.start_all()
    assert len(desk.peer.held) == 8
    return desk


def two_pairs(**changes: object) -> Desk:
    other = replace(SETTINGS, pair=OTHER, **changes)
    desk = Desk(SETTINGS, other, channel=ChannelSettings(CHANNEL)).up()
    for pair in (PAIR, OTHER):
        desk.do(Tick(pair, "CMDSB", "BCHO", ((BID, SIZE),), ((ASK, SIZE),)))
        desk.do(Touch(pair, Gesture.START))
    assert len(desk.peer.held) == 16
    return desk


def of(kind: type, effects: object) -> list[object]:
    return [each for each in effects if type(each) is kind]  # type: ignore[attr-defined]  # a list
