"""Our quotes as the risk core hears them, against what the counterparty has."""

from collections import deque
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from quoting.domain.book import Book
from quoting.domain.cell import Gesture
from quoting.domain.counter_items import CounterItems, Item, Known, Place
from quoting.domain.effects import Decision, Effect, Quote, WithdrawAll, WithdrawPair
from quoting.domain.events import (
    Acknowledged,
    ChannelDown,
    ChannelUp,
    Configure,
    DealRequested,
    Event,
    PriceRequested,
    Rejected,
    StopAll,
    Tick,
    Touch,
)
from quoting.domain.settings import BookSettings, ChannelSettings
from quoting.domain.words import Side
from riskgw.kernel.times import NS_PER_MS
from riskgw.messages.counter_feed import FeedKind, fed_event
from tests.quoting.domain.desk import (
    ASK,
    BID,
    CHANNEL,
    PAIR,
    SETTINGS,
    SIZE,
    START_NS,
    Peer,
)

Standing = dict[str, str]
MESSAGES = (Quote, WithdrawPair, WithdrawAll)


class Desk:
    """A book, a counterparty that answers when it is told to, and what is told of both."""

    def __init__(self) -> None:
        self.settings = BookSettings((SETTINGS,), (ChannelSettings(CHANNEL),))
        self.book = Book(self.settings)
        self.peer = Peer()
        self.waiting: deque[Effect] = deque()
        self.items: list[Item] = []
        self.told = CounterItems(Place("CFETS", "FX-DESK"), {PAIR: 4}, Known())
        self.now_ns = START_NS

    def do(self, event: Event) -> list[Item]:
        self.now_ns += NS_PER_MS
        decision = self.book.decide(event, self.now_ns)
        found = list(self.told.take(decision))
        self.items += found
        self.waiting.extend(each for each in decision.effects if isinstance(each, MESSAGES))
        return found

    def tick(self, bid: int, ask: int) -> None:
        self.do(Tick(PAIR, "CMDSB", "BCHO", ((bid, SIZE),), ((ask, SIZE),)))

    def answer(self) -> list[Item]:
        message: Any = self.waiting.popleft()
        self.peer.take(message)
        return self.do(Acknowledged(CHANNEL, message.quote))

    def refuse(self) -> None:
        message: Any = self.waiting.popleft()
        self.do(Rejected(CHANNEL, message.quote))

    def answer_all(self) -> None:
        while self.waiting:
            self.answer()

    def lose(self) -> None:
        self.waiting.clear()
        self.do(ChannelDown(CHANNEL))
        self.peer.held.clear()
        self.do(ChannelUp(CHANNEL))

    def standing(self) -> Standing:
        """By the items alone, as whoever hears them knows it."""
        now: Standing = {}
        reference = ""
        for feed, data in self.items:
            if feed != "quotes":
                continue
            if data["event"] == "quote":
                now, reference = data["fields"], data["source_id"]
            elif data["cancel_of"] == reference:
                now = {}
        return now

    def held(self) -> Standing:
        found = {}
        for side, word in ((Side.BID, "bid"), (Side.ASK, "ask")):
            if (PAIR, side, 0) in self.peer.held:
                price, size = self.peer.held[PAIR, side, 0]
                found[word] = f"{price // 10_000}.{price % 10_000:04}"
                found[f"{word}_size"] = str(size)
        return found


def live() -> Desk:
    desk = Desk()
    desk.do(ChannelUp(CHANNEL))
    desk.tick(BID, ASK)
    desk.do(Touch(PAIR, Gesture.START))
    desk.answer_all()
    return desk


def test_a_quote_is_told_once_it_is_confirmed() -> None:
    desk = Desk()
    desk.do(ChannelUp(CHANNEL))
    desk.tick(BID, ASK)
    desk.do(Touch(PAIR, Gesture.START))
    assert desk.items == []
    desk.answer_all()
    assert desk.standing() == {
        "bid": "6.4688", "bid_size": "1000000", "ask": "6.4701", "ask_size": "1000000",
    }  # fmt: skip


def test_the_feeds_of_counters_take_every_item() -> None:
    desk = live()
    desk.do(PriceRequested(PAIR, "R1", SIZE, "BANK"))
    desk.do(DealRequested(PAIR, "D1", Side.BID, BID, SIZE, "BANK"))
    desk.do(StopAll())
    desk.answer_all()
    kinds = [
        fed_event(FeedKind(feed), data, counter="FXDESK", at_ns=START_NS, number=number).event
        for number, (feed, data) in enumerate(desk.items)
    ]
    assert kinds == ["quote", "quote_request", "fill", "quote_cancel"]
    assert len({data["source_id"] for _, data in desk.items}) == len(desk.items)


def test_a_side_that_is_stopped_leaves_the_other() -> None:
    desk = live()
    desk.do(Touch(PAIR, Gesture.STOP, Side.BID))
    desk.answer_all()
    assert set(desk.standing()) == {"ask", "ask_size"}


def test_an_engine_that_begins_anew_has_nothing_in_the_market() -> None:
    desk = live()
    begun = Decision(0, desk.now_ns, Configure(desk.settings), [])
    assert [data["event"] for _, data in desk.told.take(begun)] == ["quote_cancel"]


def test_who_takes_over_goes_on_where_the_other_was() -> None:
    desk = live()
    desk.told = CounterItems(Place("CFETS", "FX-DESK"), {PAIR: 4}, desk.told.known)
    desk.do(StopAll())
    desk.answer_all()
    assert desk.standing() == {}


GESTURES = st.builds(
    Touch,
    st.just(PAIR),
    st.sampled_from([Gesture.START, Gesture.STOP, Gesture.CLEAR, Gesture.NUDGE]),
    st.sampled_from([None, *Side]),
    st.sampled_from([None, 0, 1]),
    st.sampled_from([1, -1]),
)


@settings(max_examples=40)
@given(
    st.lists(
        st.one_of(
            GESTURES, st.integers(-20, 20), st.sampled_from(["answer", "refuse", "lose", "stop"])
        ),
        max_size=40,
    )
)
def test_what_is_told_is_what_the_counterparty_has(steps: list[Any]) -> None:
    desk = live()
    for step in steps:
        if isinstance(step, Touch):
            desk.do(step)
        elif isinstance(step, int):
            desk.tick(BID + step, ASK + step)
        elif step == "stop":
            desk.do(StopAll())
        elif step == "lose":
            desk.lose()
        elif desk.waiting:
            desk.answer() if step == "answer" else desk.refuse()
    desk.answer_all()
    assert desk.standing() == desk.held()
