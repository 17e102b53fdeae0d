"""Random days at the desk against a counterparty that answers late, refuses, or falls silent.

What is checked is what the counterparty has, not what we believe.
"""

from collections import deque
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from quoting.domain.book import Book
from quoting.domain.cell import QUOTING, Gesture
from quoting.domain.cleansing import CleansingRules
from quoting.domain.effects import Decision, Effect, Quote
from quoting.domain.events import (
    Acknowledged,
    ChannelDown,
    ChannelUp,
    Configure,
    DealRequested,
    Event,
    Feed,
    Heard,
    Rejected,
    Release,
    Resize,
    SourceDown,
    StopAll,
    Tick,
    Timer,
    Touch,
)
from quoting.domain.ladder import Level
from quoting.domain.limits import Limit
from quoting.domain.publication import Standing
from quoting.domain.settings import (
    BookSettings,
    ChannelSettings,
    DealRules,
    OnUnknown,
    PairSettings,
    Ttls,
)
from quoting.domain.spread import SpreadRules
from quoting.domain.words import SIDES, Mode, Profile, Side
from riskgw.kernel.times import NS_PER_MS, NS_PER_SECOND
from tests.quoting.domain.desk import CHANNEL, PAIR, SIZE, START_NS, Peer

PROVIDERS = (("CMDSB", "BCHO"), ("CMDSB", "ICBC"), ("REUTERS", "RIC"))
BID, ASK = 64_688, 64_701


class Street:
    """Book and counterparty with messages on their way in both directions."""

    def __init__(self, book_settings: BookSettings) -> None:
        self.settings = book_settings
        self.book = Book(book_settings)
        self.peer = Peer()
        self.now_ns = START_NS
        self.out: deque[Effect] = deque()
        self.answers: deque[Event] = deque()
        self.log: list[Decision] = []

    @property
    def is_up(self) -> bool:
        return self.book.channels[CHANNEL].is_up

    def do(self, event: Event) -> None:
        manual = {key: cell.manual for key, cell in self.cells() if cell.mode is Mode.MANUAL}
        confirmed = {key: cell.publication for key, cell in self.cells()}
        known = {key: (p.confirmed, p.is_unknown, bool(p.flight)) for key, p in confirmed.items()}
        decision = self.book.decide(event, self.now_ns)
        self.log.append(decision)
        for effect in decision.effects:
            if Peer().take(effect) is not None:
                assert self.is_up
                self.out.append(effect)
            if isinstance(effect, Quote):
                self.check_entries(effect, known)
        if isinstance(event, Tick):  # I7
            now = {key: cell.manual for key, cell in self.cells() if cell.mode is Mode.MANUAL}
            assert now == manual
        self.check()

    def cells(self) -> Any:
        panel = self.book.panels.get(PAIR)
        return panel.cells.items() if panel else ()

    def configure(self, sizes: tuple[int, ...]) -> None:
        """Levels of these sizes, or without any the pair out of use."""
        levels = tuple(Level(number, size * SIZE) for number, size in enumerate(sizes))
        pairs = (msgspec.structs.replace(self.settings.pairs[0], levels=levels),) if sizes else ()
        self.do(Configure(msgspec.structs.replace(self.settings, pairs=pairs)))

    def check_entries(self, quote: Quote, known: dict[Any, Any]) -> None:
        """No price twice (E13), and Details adds up."""
        for entry in quote.entries:
            if entry.price is None:
                continue
            confirmed, is_unknown, is_in_flight = known[entry.side, entry.level]
            refreshes = self.settings.pairs[0].ttls.publish_ns > 0
            if not is_unknown and not is_in_flight and not refreshes:
                assert confirmed != (entry.price, entry.size)
            if entry.market is not None:
                assert entry.market + sum(entry.addends) == entry.price

    def check(self) -> None:
        held = self.peer.held
        bids = [price for (_, side, _), (price, _) in held.items() if side is Side.BID]
        asks = [price for (_, side, _), (price, _) in held.items() if side is Side.ASK]
        assert not bids or not asks or max(bids) < min(asks), "crossed"
        cells = dict(self.cells())
        for _, side, level in held:
            assert cells[side, level].publication.may_stand, "nobody knows of it"
        for (side, level), cell in cells.items():
            if cell.publication.standing is Standing.LIVE:
                assert held.get((PAIR, side, level)) == cell.publication.confirmed
            if cell.publication.standing is Standing.NONE:
                assert (PAIR, side, level) not in held
        if self.is_up:
            self.check_what_will_be()

    def check_what_will_be(self) -> None:
        """Whatever must not stand is gone as soon as the counterparty has read what it was sent:
        nothing waits behind prices, for room or for answers."""
        later = Peer()
        later.held = dict(self.peer.held)
        for effect in self.out:
            later.take(effect)
        for (side, level), cell in self.cells():
            if cell.target is None or cell.is_leaving:
                assert (PAIR, side, level) not in later.held
            assert cell.phase in QUOTING or cell.target is None

    def deliver(self, answer: str) -> None:
        """The counterparty reads one message; prices it may refuse, withdrawals it does not."""
        if not self.out:
            return
        effect = self.out.popleft()
        is_price = isinstance(effect, Quote) and not effect.is_withdrawal
        if answer == "reject" and is_price:
            assert isinstance(effect, Quote)
            self.answers.append(Rejected(CHANNEL, effect.quote))
            return
        quote = self.peer.take(effect)
        assert quote is not None
        if answer != "silence":
            self.answers.append(Acknowledged(CHANNEL, quote))

    def answer(self) -> None:
        if self.answers:
            self.do(self.answers.popleft())

    def link(self, *, is_up: bool, forgets: bool) -> None:
        """A session that ends takes what is on its way with it."""
        if is_up == self.is_up:
            return
        self.out.clear()
        self.answers.clear()
        if not is_up and forgets:
            self.peer.held.clear()
        self.do(ChannelUp(CHANNEL) if is_up else ChannelDown(CHANNEL))

    def wait(self, ns: int) -> None:
        end_ns = self.now_ns + ns
        for _ in range(1_000):
            due_ns = self.book.next_at_ns()
            if due_ns is None or due_ns > end_ns:
                self.now_ns = end_ns
                return
            self.now_ns = max(self.now_ns, due_ns)
            self.do(Timer())
        raise AssertionError("the book asks for the time again and again")

    def calm(self) -> None:
        """Everything is read and answered."""
        for _ in range(1_000):
            while self.out:
                self.deliver("ack")
            if not self.answers:
                return
            self.answer()


sides, levels = st.sampled_from(SIDES), st.integers(0, 3)
gestures = st.sampled_from(
    [each for each in Gesture if each not in (Gesture.NUDGE, Gesture.ENTER, Gesture.ENTER_START)][
        : list(Gesture).index(Gesture.FEED) - 3
    ]
)
touches = st.one_of(
    st.builds(Touch, st.just(PAIR), gestures, st.none() | sides, st.none() | levels),
    st.builds(
        Touch, st.just(PAIR), st.just(Gesture.NUDGE), sides, levels, st.integers(-4, 4)
    ),
    st.builds(
        Touch, st.just(PAIR), st.sampled_from((Gesture.ENTER, Gesture.ENTER_START)), sides, levels,
        st.integers(BID - 12, ASK + 12),
    ),
)  # fmt: skip


@st.composite
def ticks(draw: st.DrawFn) -> Tick:
    source, provider = draw(st.sampled_from(PROVIDERS))
    bid = BID + draw(st.integers(-20, 20))
    ask = bid + draw(st.integers(-1, 14))
    return Tick(PAIR, source, provider, ((bid, SIZE),), ((ask, SIZE),))


events = st.one_of(
    ticks(), ticks(), ticks(), touches, touches,
    st.builds(Feed, st.just(PAIR), st.sampled_from(("ALL", "CMDSB", "REUTERS"))),
    st.sampled_from((
        Heard("CMDSB"), SourceDown("REUTERS"), StopAll(), Touch(PAIR, Gesture.START),
        Resize(PAIR, 1, 2 * SIZE), Resize(PAIR, 2, 0), Resize(PAIR, 2, 5 * SIZE),
        Release(PAIR, "mary", "looked at"),
        DealRequested(PAIR, "d", Side.ASK, ASK, SIZE),
        DealRequested(PAIR, "d", Side.BID, BID, SIZE),
    )),
)  # fmt: skip
channel_steps = st.one_of(
    st.tuples(st.just("deliver"), st.sampled_from(("ack", "ack", "ack", "reject", "silence"))),
    st.tuples(st.just("answer"), st.none()),
    st.tuples(st.just("calm"), st.none()),
    st.tuples(st.just("link"), st.tuples(st.booleans(), st.booleans())),
    st.tuples(st.just("wait"), st.sampled_from((NS_PER_MS, 300 * NS_PER_MS, 3 * NS_PER_SECOND))),
)
settings_steps = st.tuples(
    st.just("configure"),
    st.sampled_from(((), (1, 1, 5, 10), (1, 1, 10, 5), (1, 2, 5), (1, 1, 5, 10, 13), (2, 1, 5, 9))),
)
steps = st.lists(
    st.tuples(st.just("do"), events) | channel_steps | settings_steps, min_size=10, max_size=60
)


@st.composite
def books(draw: st.DrawFn) -> BookSettings:
    pair = PairSettings(
        PAIR,
        CHANNEL,
        profile=draw(st.sampled_from(Profile)),
        choices={"ALL": ("CMDSB", "REUTERS"), "CMDSB": ("CMDSB",), "REUTERS": ("REUTERS",)},
        cross_max=20,
        spread=SpreadRules(base=1, tiers={2: 1, 3: 3}, spread_min=draw(st.sampled_from((1, 4)))),
        cleansing=CleansingRules(jump_max=15, good_ticks=2),
        ttls=Ttls(2 * NS_PER_SECOND, {}, draw(st.sampled_from((0, NS_PER_SECOND))), NS_PER_SECOND),
        change_min=draw(st.sampled_from((1, 3))),
        limit=draw(st.sampled_from((Limit(), Limit(0, 12 * SIZE, 20 * SIZE)))),
        deals=DealRules(tolerance=3),
        price_low=BID - 15,
    )
    channel = ChannelSettings(
        CHANNEL,
        per_second=draw(st.sampled_from((0, 5))),
        on_unknown=draw(st.sampled_from(OnUnknown)),
    )
    return BookSettings((pair,), (channel,))


@settings(max_examples=60)
@given(books(), steps)
def test_the_counterparty_never_has_what_it_should_not(
    book_settings: BookSettings, strings: list[tuple[str, Any]]
) -> None:
    street = Street(book_settings)
    street.do(ChannelUp(CHANNEL))
    for source, provider in PROVIDERS:
        street.do(Tick(PAIR, source, provider, ((BID, SIZE),), ((ASK, SIZE),)))
    street.do(Touch(PAIR, Gesture.START))
    for name, argument in strings:
        if name == "link":
            street.link(is_up=argument[0], forgets=argument[1])
        elif argument is None:
            getattr(street, name)()
        else:
            getattr(street, name)(argument)
    check_calm(street)
    check_replay(street)


def check_calm(street: Street) -> None:
    """Once everything is answered, what is to stand is what the counterparty has, and known."""
    street.link(is_up=True, forgets=False)
    street.calm()
    street.wait(2 * NS_PER_SECOND)
    street.calm()
    for (side, level), cell in street.cells():
        held = street.peer.held.get((PAIR, side, level))
        standing = cell.publication.standing
        if cell.target is None:
            assert (held, standing) == (None, Standing.NONE)
        elif (cell.target, cell.size) != cell.publication.refused:
            assert held is not None
            assert standing is Standing.LIVE
            change = street.settings.pairs[0].change_min
            assert abs(held[0] - cell.target) < max(1, change)
            assert held[1] == cell.size


def check_replay(street: Street) -> None:
    """The log, written down and read again, gives the same effects, bit for bit."""
    written = [msgspec.json.encode(line) for line in street.log]
    book = Book(msgspec.json.decode(msgspec.json.encode(street.settings), type=BookSettings))
    for line in written:
        read = msgspec.json.decode(line, type=Decision)
        assert msgspec.json.encode(book.decide(read.event, read.at_ns)) == line
