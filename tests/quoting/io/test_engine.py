"""The engine on loopback, with a counterparty that has nothing but what it is told."""

import asyncio
from itertools import count
from pathlib import Path

import msgspec
import pytest

from quoting.domain.cell import Gesture
from quoting.domain.engine_settings import Confirm
from quoting.domain.events import ProviderDown, StopAll
from quoting.domain.limits import Limit
from quoting.domain.replay import Replay
from quoting.domain.settings import DealMode, DealRules
from quoting.domain.view import CellState, cell_state
from quoting.domain.words import SIDES, Side
from quoting.io.decision_log import read_from
from quoting.io.engine_run import EngineFailed
from quoting.io.fix_connection import Limits
from quoting.wire import desk_answers
from quoting.wire.fix import messages as fix
from quoting.wire.fix.store import MemoryStore
from tests.quoting.domain.desk import CHANNEL, PAIR, SIZE
from tests.quoting.io.engine_sides import (
    CELLS,
    LIVE_PAIR,
    OTHER_PAIR,
    Counterparty,
    Running,
    counterparty,
    running,
    settings,
)
from tests.quoting.io.fix_sides import until

pytestmark = pytest.mark.asyncio
BEST_BID = PAIR, Side.BID, 0


async def quoting(engine: Running, them: Counterparty) -> None:
    """All eight prices stand, and are confirmed."""
    engine.tick()
    engine.touch(Gesture.START)
    await until(lambda: len(them.held) == CELLS)
    await until(lambda: states(engine) == {CellState.LIVE})


def states(engine: Running) -> set[CellState]:
    return {cell_state(cell) for cell in engine.book.panels[PAIR].cells.values()}


def order(number: str, side: str, price: str, size: str = "1000000") -> fix.NewOrderSingle:
    return fix.NewOrderSingle(number, PAIR, side, 1_700_000_000_000_000_000, size, price=price)


async def test_prices_of_a_source_reach_the_counterparty_and_follow_it(tmp_path: Path) -> None:
    async with running(tmp_path) as engine, counterparty(engine.process.port) as them:
        await quoting(engine, them)
        assert them.held[BEST_BID] == ("6.4688", 1_000_000)
        engine.tick(64_690)
        await until(lambda: them.held[BEST_BID][0] == "6.4690")
        quote = them.of(fix.MassQuote)[-1]
        assert quote.response_level == fix.ACK_AND_NEGATIVE_ACK
        assert quote.sets[0].entries[0].settlement_date > 20_200_000


async def test_the_first_thing_a_session_hears_is_to_withdraw_everything(tmp_path: Path) -> None:
    async with running(tmp_path) as engine:
        engine.tick()
        engine.touch(Gesture.START)
        async with counterparty(engine.process.port) as them:
            await until(lambda: len(them.held) == CELLS)
            first = them.messages[0]
            assert isinstance(first, fix.QuoteCancel)
            assert first.kind == fix.CANCEL_ALL


async def test_a_burst_of_prices_is_one_message(tmp_path: Path) -> None:
    async with running(tmp_path) as engine, counterparty(engine.process.port) as them:
        await quoting(engine, them)
        before = len(them.of(fix.MassQuote))
        for step in range(1, 51):
            engine.tick(64_688 + step, 64_801 + step)
        await until(lambda: them.held[BEST_BID][0] == "6.4738")
        assert len(them.of(fix.MassQuote)) == before + 1
        await until(lambda: states(engine) == {CellState.LIVE})


async def test_a_cell_a_pair_and_the_book_are_withdrawn_each_in_its_way(tmp_path: Path) -> None:
    made = settings(LIVE_PAIR, OTHER_PAIR)
    async with running(tmp_path, made) as engine, counterparty(engine.process.port) as them:
        await quoting(engine, them)
        engine.touch(Gesture.STOP, Side.BID, 0)
        await until(lambda: BEST_BID not in them.held)
        entry = them.of(fix.MassQuote)[-1].sets[0].entries[0]
        assert (entry.entry_id, entry.bid_size, entry.bid, entry.offer_size) == (
            "0", "0", None, None,
        )  # fmt: skip
        engine.touch(Gesture.STOP)
        await until(lambda: not them.held)
        assert them.of(fix.QuoteCancel)[-1].kind == fix.CANCEL_FOR_SYMBOL
        engine.engine.hear(StopAll())
        await until(lambda: them.of(fix.QuoteCancel)[-1].kind == fix.CANCEL_ALL)


async def test_without_an_answer_nothing_is_shown_as_live(tmp_path: Path) -> None:
    made = settings(confirm_ns=50_000_000)
    async with running(tmp_path, made) as engine, counterparty(engine.process.port) as them:
        them.answers = {}
        engine.tick()
        engine.touch(Gesture.START)
        await until(lambda: len(them.held) == CELLS)
        await until(lambda: states(engine) == {CellState.UNKNOWN})
        them.answers = {fix.MassQuote: 0}
        await until(lambda: states(engine) == {CellState.LIVE})


async def test_a_channel_may_count_what_is_written_as_confirmed(tmp_path: Path) -> None:
    made = settings()
    links = tuple(msgspec.structs.replace(each, confirm=Confirm.WRITE) for each in made.links)
    made = msgspec.structs.replace(made, links=links)
    async with running(tmp_path, made) as engine, counterparty(engine.process.port) as them:
        them.answers = {}
        await quoting(engine, them)
        engine.touch(Gesture.STOP)
        await until(lambda: states(engine) == {CellState.STOPPED})


async def test_who_confirms_quotes_alone_confirms_withdrawals_in_the_end(tmp_path: Path) -> None:
    made = settings(confirm_ns=50_000_000)
    async with running(tmp_path, made) as engine, counterparty(engine.process.port) as them:
        them.answers = {fix.MassQuote: 0}
        await quoting(engine, them)
        engine.engine.hear(StopAll())
        assert states(engine) == {CellState.WITHDRAWING}
        await until(lambda: states(engine) == {CellState.STOPPED})
        assert not them.held


async def test_a_refused_quote_is_withdrawn(tmp_path: Path) -> None:
    async with running(tmp_path) as engine, counterparty(engine.process.port) as them:
        await quoting(engine, them)
        them.answers = {fix.MassQuote: 5}
        engine.tick(64_690)
        await until(lambda: BEST_BID not in them.held)


async def test_deals_move_the_usage_and_are_answered(tmp_path: Path) -> None:
    async with running(tmp_path) as engine, counterparty(engine.process.port) as them:
        panel = engine.book.panels[PAIR]
        assert used(engine) == dict.fromkeys(SIDES, 0)
        await quoting(engine, them)
        quoted = used(engine)
        assert quoted == dict.fromkeys(SIDES, 17 * SIZE)
        them.send(order("d1", fix.BUY, "6.4701"))
        await until(lambda: them.of(fix.ExecutionReport))
        (report,) = them.of(fix.ExecutionReport)
        assert (report.order_id, report.status, report.last_price) == ("d1", "2", "6.4701")
        assert panel.exposure.position.net == -SIZE
        assert used(engine) == {Side.BID: 16 * SIZE, Side.ASK: 18 * SIZE}


def used(engine: Running) -> dict[Side, int]:
    lines = desk_answers.usage(engine.book.panels[PAIR])
    return {
        each.side: each.used
        for each in lines
        if each.scope == "pair" and each.kind == "net_limit" and each.side
    }


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        (order("d1", fix.BUY, "6.4600"), "price_not_ours"),
        (order("d1", fix.BUY, "6.47011"), "between two ticks"),
        (order("d1", fix.BUY, "6.4701", "0.5"), "a part of a unit"),
        (order("d1", fix.BUY, "6.4701")._replace(pair="XXX.YYY"), "unknown pair"),
        (order("d1", fix.BUY, "6.4701")._replace(order_type="2"), "previously quoted"),
        (order("d1", fix.BUY, "6.4701")._replace(price=None), "without a price"),
    ],
)
async def test_what_is_no_deal_on_our_price_is_refused(
    tmp_path: Path, wanted: fix.NewOrderSingle, text: str
) -> None:
    async with running(tmp_path) as engine, counterparty(engine.process.port) as them:
        await quoting(engine, them)
        them.send(wanted)
        await until(lambda: them.of(fix.ExecutionReport))
        (report,) = them.of(fix.ExecutionReport)
        assert report.status == "8"
        assert text in report.text
        assert engine.book.panels[PAIR].exposure.position.net == 0


async def test_the_same_order_is_not_dealt_on_twice(tmp_path: Path) -> None:
    async with running(tmp_path) as engine, counterparty(engine.process.port) as them:
        await quoting(engine, them)
        for _ in range(2):
            them.send(order("d1", fix.SELL, "6.4688"))
        await until(lambda: len(them.of(fix.ExecutionReport)) == 2)
        assert [each.status for each in them.of(fix.ExecutionReport)] == ["2", "8"]
        assert engine.book.panels[PAIR].exposure.position.net == SIZE


async def test_a_request_for_a_price_is_answered_by_a_quote(tmp_path: Path) -> None:
    async with running(tmp_path) as engine, counterparty(engine.process.port) as them:
        await quoting(engine, them)
        them.send(fix.QuoteRequest("r1", (fix.RequestedPair(PAIR, size="1000000"),)))
        await until(lambda: them.of(fix.Quote))
        (quote,) = them.of(fix.Quote)
        assert (quote.request_id, quote.bid, quote.offer) == ("r1", "6.4688", "6.4701")


async def test_a_ticket_that_nobody_answers_is_refused(tmp_path: Path) -> None:
    rules = DealRules(DealMode.MANUAL, ticket_ns=20_000_000)
    made = settings(msgspec.structs.replace(LIVE_PAIR, deals=rules))
    async with running(tmp_path, made) as engine, counterparty(engine.process.port) as them:
        await quoting(engine, them)
        them.send(order("d1", fix.SELL, "6.4688"))
        await until(lambda: them.of(fix.ExecutionReport))
        assert them.of(fix.ExecutionReport)[0].text == "timed_out"


async def test_what_became_of_a_deal_is_told_to_the_next_session(tmp_path: Path) -> None:
    rules = DealRules(DealMode.MANUAL, ticket_ns=50_000_000)
    made = settings(msgspec.structs.replace(LIVE_PAIR, deals=rules))
    async with running(tmp_path, made) as engine:
        async with counterparty(engine.process.port) as them:
            await quoting(engine, them)
            them.send(order("d1", fix.SELL, "6.4688"))
            await until(lambda: engine.book.panels[PAIR].dealing.tickets)
        await until(lambda: not engine.book.panels[PAIR].dealing.tickets)
        store = engine.process._stores["CHANNEL1"]
        store.reset()
        async with counterparty(engine.process.port) as them:
            await until(lambda: them.of(fix.ExecutionReport))


async def test_details_add_up_to_what_is_published(tmp_path: Path) -> None:
    async with running(tmp_path) as engine, counterparty(engine.process.port) as them:
        await quoting(engine, them)
        details = desk_answers.details(engine.book.panels[PAIR], "", (), engine.engine.clock())
        for cell in details.cells:
            assert cell.market is not None
            price = cell.market + sum(cell.addends)
            held = them.held[PAIR, cell.side, cell.level][0]
            assert held == f"{price // 10_000}.{price % 10_000:04}"


@pytest.mark.parametrize("short", [0, 1])
async def test_a_limit_that_is_too_small_by_one_withdraws_that_side(
    tmp_path: Path, short: int
) -> None:
    limit = Limit(net_max=18 * SIZE - short)
    made = settings(msgspec.structs.replace(LIVE_PAIR, limit=limit))
    async with running(tmp_path, made) as engine, counterparty(engine.process.port) as them:
        await quoting(engine, them)
        them.send(order("d1", fix.SELL, "6.4688"))
        await until(lambda: them.of(fix.ExecutionReport))
        sides = {Side.ASK} if short else set(SIDES)
        await until(lambda: {side for _, side, _ in them.held} == sides)


async def test_the_best_providers_end_moves_the_price_in_one_step(tmp_path: Path) -> None:
    async with running(tmp_path) as engine, counterparty(engine.process.port) as them:
        await quoting(engine, them)
        engine.tick(64_692, provider="ICBC")
        await until(lambda: them.held[BEST_BID][0] == "6.4692")
        before = len(them.of(fix.MassQuote))
        engine.engine.hear(ProviderDown(PAIR, "CMDSB", "ICBC"))
        await until(lambda: them.held[BEST_BID][0] == "6.4688")
        assert len(them.of(fix.MassQuote)) == before + 1


async def test_what_happened_replays_bit_for_bit(tmp_path: Path) -> None:
    async with running(tmp_path) as engine, counterparty(engine.process.port) as them:
        await quoting(engine, them)
        engine.touch(Gesture.NUDGE, Side.ASK, 1)
        them.send(order("d1", fix.BUY, "6.4701"))
        await until(lambda: them.of(fix.ExecutionReport))
    replay = Replay()
    log = (each for _, each in read_from(tmp_path / "quoting"))
    assert list(replay.differences(log)) == []
    assert replay.decisions >= 5, "how many there are depends on what comes together"
    assert replay.skipped == 0


async def test_an_engine_that_ends_withdraws_everything_and_logs_out(tmp_path: Path) -> None:
    async with running(tmp_path) as engine, counterparty(engine.process.port) as them:
        await quoting(engine, them)
        engine.process.end()
        await until(lambda: not them.connection)
        assert not them.held


async def test_after_a_fault_of_ours_everything_is_withdrawn_and_the_engine_ends(
    tmp_path: Path,
) -> None:
    async def fails() -> None:
        async with running(tmp_path) as engine, counterparty(engine.process.port) as them:
            await quoting(engine, them)
            asyncio.get_running_loop().call_soon(_fault)
            await until(lambda: not them.held)

    with pytest.raises(EngineFailed, match="no such thing"):
        await fails()


def _fault() -> None:
    raise AssertionError("no such thing")


async def test_the_next_engine_goes_on_with_the_numbers_of_the_session(tmp_path: Path) -> None:
    store = MemoryStore()
    for _ in range(2):
        async with running(tmp_path) as engine, counterparty(engine.process.port, store) as them:
            await quoting(engine, them)
    assert them.logons == 1
    assert store.next_received > 2 * 3


async def test_a_counterparty_that_reads_late_gets_nothing_that_was_withdrawn(
    tmp_path: Path,
) -> None:
    """Prices that wait are the newest of each cell, and gone with a withdrawal."""
    async with running(tmp_path) as engine, counterparty(engine.process.port) as them:
        await quoting(engine, them)
        connection = engine.engine.channels[CHANNEL].connection
        assert connection
        stalled(them)
        moved = 0
        while connection.takes_more:
            moved += 1
            engine.tick(64_000 + moved % 600)
            assert await engine.engine.is_logged(5)
        for step in range(1_000):
            engine.tick(64_000 + step % 600)
        assert await engine.engine.is_logged(5)
        assert connection.waiting == 0
        engine.engine.hear(StopAll())
        assert connection.waiting == 1
        quotes = len(them.of(fix.MassQuote))
        reads_on(them)
        await until(lambda: states(engine) == {CellState.STOPPED})
        assert not them.held
        assert len(them.of(fix.MassQuote)) - quotes <= moved


async def test_a_counterparty_that_reads_nothing_is_cut_and_its_quotes_are_unknown(
    tmp_path: Path,
) -> None:
    made, limits = settings(), Limits(stall_seconds=0.05)
    async with (
        running(tmp_path, made, limits) as engine,
        counterparty(engine.process.port, pause_seconds=1) as them,
    ):
        await quoting(engine, them)
        stalled(them)
        # The kernel takes more and more, until it does not.
        for moved in count():
            engine.tick(64_000 + moved % 600)
            await engine.engine.is_logged(5)
            if states(engine) == {CellState.UNKNOWN}:
                break
        reads_on(them)
        await until(lambda: states(engine) == {CellState.LIVE})


def stalled(them: Counterparty) -> None:
    assert them.connection
    assert them.connection._transport
    them.connection._transport.pause_reading()


def reads_on(them: Counterparty) -> None:
    if them.connection and them.connection._transport:
        them.connection._transport.resume_reading()


async def test_what_was_dealt_is_held_by_the_next_engine_too(tmp_path: Path) -> None:
    """Or limits would begin with nothing, and quote what the desk may not hold."""
    store = MemoryStore()
    async with running(tmp_path) as engine, counterparty(engine.process.port, store) as them:
        await quoting(engine, them)
        them.send(order("d1", fix.SELL, "6.4688"))
        await until(lambda: them.of(fix.ExecutionReport))
    async with running(tmp_path) as engine:
        position = engine.book.panels[PAIR].exposure.position
        assert (position.net, position.cost) == (SIZE, SIZE * 64_688)
    replay = Replay()
    assert list(replay.differences(each for _, each in read_from(tmp_path / "quoting"))) == []
