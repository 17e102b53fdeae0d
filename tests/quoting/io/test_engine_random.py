"""Random days against the running engine and a counterparty on the wire.

Whenever it is calm, three agree: what the counterparty has, what the screen says, what should be.
"""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from quoting.domain.cell import Gesture
from quoting.domain.events import (
    Event,
    Feed,
    ProviderDown,
    Release,
    Resize,
    SourceDown,
    StopAll,
    Tick,
    Touch,
)
from quoting.domain.limits import Limit
from quoting.domain.publication import Standing
from quoting.domain.replay import Replay
from quoting.domain.words import SIDES
from quoting.io.decision_log import read_from
from quoting.wire.fix import messages as fix
from tests.quoting.domain.desk import ASK, BID, PAIR, SIZE
from tests.quoting.io.engine_sides import (
    LIVE_PAIR,
    Counterparty,
    DeskClient,
    Running,
    counterparty,
    desk_client,
    running,
    settings,
)
from tests.quoting.io.fix_sides import until

EXAMPLES = 15
MADE = settings(
    msgspec.structs.replace(LIVE_PAIR, limit=Limit(net_max=20 * SIZE)), confirm_ns=100_000_000
)
sides, levels = st.sampled_from(SIDES), st.integers(0, 3)
prices = st.integers(-20, 20)
plain = (
    Gesture.START, Gesture.STOP, Gesture.CLEAR, Gesture.DOUBLE_CLICK, Gesture.ESC, Gesture.AUTO,
    Gesture.KEEP,
)  # fmt: skip
touches = st.one_of(
    st.builds(Touch, st.just(PAIR), st.sampled_from(plain), st.none() | sides, st.none() | levels),
    st.builds(Touch, st.just(PAIR), st.just(Gesture.NUDGE), sides, levels, st.integers(-4, 4)),
    st.builds(
        Touch, st.just(PAIR), st.just(Gesture.ENTER_START), sides, levels,
        st.integers(BID - 12, ASK + 12),
    ),
)  # fmt: skip


def tick(move: int, spread: int, provider: str) -> Tick:
    bid = BID + move
    return Tick(PAIR, "CMDSB", provider, ((bid, SIZE),), ((bid + spread, SIZE),))


ticks = st.builds(tick, prices, st.integers(-1, 14), st.sampled_from(("BCHO", "ICBC")))
events: st.SearchStrategy[Event] = st.one_of(
    ticks, ticks, touches, touches,
    st.sampled_from((
        StopAll(), Touch(PAIR, Gesture.START), SourceDown("CMDSB"), Resize(PAIR, 2, 0),
        ProviderDown(PAIR, "CMDSB", "BCHO"), Resize(PAIR, 2, 5 * SIZE), Feed(PAIR, "CMDSB"),
        Release(PAIR, "mary", "looked at"),
    )),
)  # fmt: skip
orders = st.builds(
    lambda side, price: fix.NewOrderSingle(
        "", PAIR, side, 1_700_000_000_000_000_000, str(SIZE), price=price
    ),
    st.sampled_from((fix.BUY, fix.SELL)),
    st.sampled_from(("6.4688", "6.4701", "6.4695")),
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("hear"), events), st.tuples(st.just("hear"), events),
        st.tuples(st.just("deal"), orders),
        st.tuples(st.just("answers"), st.sampled_from((0, 0, 5, None))),
        st.tuples(st.just("pass"), st.integers(0, 3)),
        st.tuples(st.just("cut"), st.none()), st.tuples(st.just("calm"), st.none()),
    ),
    min_size=10, max_size=40,
)  # fmt: skip


class Day:
    """The three, and what happens to them."""

    def __init__(self, engine: Running, them: Counterparty, client: DeskClient) -> None:
        self.engine = engine
        self.them = them
        self.client = client
        self._orders = 0

    def hear(self, event: Event) -> None:
        self.engine.engine.hear(event)

    def deal(self, order: fix.NewOrderSingle) -> None:
        self._orders += 1
        if self.them.connection and self.them.connection.is_logged_on:
            self.them.send(order._replace(order_id=f"d{self._orders}"))

    def answers(self, status: int | None) -> None:
        """Prices may be refused or left without an answer; withdrawals are confirmed."""
        self.them.answers = {fix.QuoteCancel: 0}
        if status is not None:
            self.them.answers[fix.MassQuote] = status

    def cut(self, _: None) -> None:
        if self.them.connection:
            self.them.connection.cut("a test's wish")

    async def calm(self) -> None:
        self.answers(0)
        await until(self.is_calm)
        assert self.them.held_ticks == self.client.confirmed()
        bids = [price for (_, side, _), (price, _) in self.them.held_ticks.items() if side == "bid"]
        asks = [price for (_, side, _), (price, _) in self.them.held_ticks.items() if side == "ask"]
        assert not bids or not asks or max(bids) < min(asks)

    def is_calm(self) -> bool:
        """Nothing is on its way, and the screen has the last of it."""
        cells = list(self.engine.book.panels[PAIR].cells.values())
        meant = {
            (PAIR, cell.side, cell.level): (cell.target, cell.size)
            for cell in cells
            if cell.target is not None and cell.publication.refused != (cell.target, cell.size)
        }
        settled = {Standing.NONE, Standing.LIVE}
        return (
            self.engine.book.channels["CHANNEL1"].is_up
            and {cell.publication.standing for cell in cells} <= settled
            and self.them.held_ticks == meant
            and self.client.confirmed() == meant
        )


async def play(folder: Path, day_steps: list[tuple[str, Any]]) -> None:
    async with (
        running(folder, MADE) as engine,
        counterparty(engine.process.port) as them,
        desk_client(engine.process.place.socket) as client,
    ):
        client.watch(PAIR)
        await until(lambda: PAIR in client.panels)
        day = Day(engine, them, client)
        for name, argument in day_steps:
            if name == "calm":
                await day.calm()
            elif name == "pass":
                for _ in range(argument):
                    await asyncio.sleep(0)
            else:
                getattr(day, name)(argument)
        await day.calm()
    replay = Replay()
    assert list(replay.differences(each for _, each in read_from(folder / "quoting"))) == []
    assert replay.skipped == 0


@hypothesis_settings(max_examples=EXAMPLES, deadline=None)
@given(day_steps=steps)
def test_counterparty_screen_and_book_agree_whenever_it_is_calm(
    tmp_path_factory: pytest.TempPathFactory, day_steps: list[tuple[str, Any]]
) -> None:
    asyncio.run(play(tmp_path_factory.mktemp("day"), day_steps))
