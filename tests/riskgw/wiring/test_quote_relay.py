"""Between desk and risk core: restrictions stop quoting, quotes come into the risk core."""

import asyncio
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site

from monitoring.actions.take_feed import Batch, take_feed
from monitoring.computing import Computing
from monitoring.models import Alert, MetricFigure
from monitoring.models import Restriction as StoredRestriction
from quoting.desk_link import EngineLink
from quoting.domain.auto_stop import Latch
from quoting.domain.cell import Gesture
from quoting.domain.counter_items import Place
from quoting.domain.events import StopAll, Touch
from quoting.domain.words import Reason
from quoting.wire.desk import AskTiles, Tiles
from riskgw.kernel.times import NS_PER_SECOND, day_start_ns
from riskgw.messages.base_data import AccountData, BaseData
from riskgw.messages.counter_feed import FeedKind
from riskgw.messages.restriction import Act, Restriction
from riskgw.reference.actions.load_base import load_base
from riskgw.shards.entries import Fed, unpacked
from riskgw.shards.partition import shard_of
from riskgw.web.threads import in_thread
from riskgw.wiring.demo_desk import load_desk
from riskgw.wiring.quote_relay import LOOK_SECONDS, Desk, QuoteFeed, RestrictionRelay
from tests.queue_server import QueueServer
from tests.quoting.domain.desk import PAIR
from tests.quoting.io.engine_sides import (
    CELLS,
    LIVE_PAIR,
    OTHER_PAIR,
    Running,
    counterparty,
    running,
    settings,
)
from tests.quoting.io.fix_sides import until
from tests.quoting.rows import made_pair

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.asyncio,
]

DESK = Desk(Place("CFETS", "FXDESK"), "FXDESK")
BOTH = (Act.OPEN, Act.CLOSE)


@pytest.fixture
def account(transactional_db: None) -> None:
    owner = AccountData("FXDESK", "CFETS", "GFX", "FXDESK", "CFX")
    load_base(BaseData(accounts=(owner,)))


def restriction(**scope: str) -> Restriction:
    return Restriction(
        id="R1", scope=scope, mask=BOTH, since_ns=1, reason="too much", created_by="rita"
    )


async def latches(link: EngineLink) -> dict[str, Latch | None]:
    tiles = await asyncio.to_thread(link.ask, AskTiles(), Tiles)
    return {tile.pair: tile.latch for tile in tiles.tiles}


@pytest.mark.parametrize(
    "scope",
    [
        {"contract": f"CFETS:{PAIR}"},
        {"account": "FXDESK", "contract": f"CFETS:{PAIR}"},
        {"group": "GFX", "contract": f"CFETS:{PAIR}"},
        {"customer": "CFX", "counter": "FXDESK", "contract": f"CFETS:{PAIR}"},
    ],
)
async def test_a_restricted_pair_is_withdrawn_until_it_is_released_and_started(
    tmp_path: Path, account: None, scope: dict[str, str]
) -> None:
    made = settings(LIVE_PAIR, OTHER_PAIR)
    async with running(tmp_path, made) as engine, counterparty(engine.process.port) as them:
        engine.tick()
        engine.tick(pair=OTHER_PAIR.pair)
        link = EngineLink(engine.process.place.socket)
        for pair in (PAIR, OTHER_PAIR.pair):
            await asyncio.to_thread(link.do, Touch(pair, Gesture.START))
        await until(lambda: len(them.held) == 2 * CELLS)
        standing: list[Restriction] = [restriction(**scope)]
        relay = RestrictionRelay(link, DESK, lambda: tuple(standing))
        await in_thread(relay.turn)
        await until(lambda: {pair for pair, _, _ in them.held} == {OTHER_PAIR.pair})
        found = await latches(link)
        latch = found[PAIR]
        assert latch is not None
        assert latch.reason is Reason.RESTRICTED
        assert found[OTHER_PAIR.pair] is None
        refused = await asyncio.to_thread(link.do, Touch(PAIR, Gesture.START))
        assert refused.refused
        standing.clear()
        await in_thread(relay.turn)
        assert (await latches(link))[PAIR] is None
        assert len(them.held) == CELLS
        await asyncio.to_thread(link.do, Touch(PAIR, Gesture.START))
        await until(lambda: len(them.held) == 2 * CELLS)


class CountedLink(EngineLink):
    """Counts what it asks."""

    asked = 0

    def ask(self, question: Any, answer: Any) -> Any:
        self.asked += 1
        return super().ask(question, answer)


async def test_what_has_not_changed_is_not_asked_about_all_the_time(
    tmp_path: Path, account: None
) -> None:
    standing = [(restriction(account="A1"),)]
    turns = 20
    async with running(tmp_path) as engine:
        link = CountedLink(engine.process.place.socket)
        relay = RestrictionRelay(link, DESK, lambda: standing[0])
        began = time.monotonic()
        for _ in range(turns):
            await in_thread(relay.turn)
        most = 1 + (time.monotonic() - began) / LOOK_SECONDS
        assert 1 <= link.asked <= most
        asked = link.asked
        standing[0] = (restriction(account="A2"),)
        await in_thread(relay.turn)
        assert link.asked == asked + 1
        await asyncio.sleep(LOOK_SECONDS)
        await in_thread(relay.turn)
        assert link.asked == asked + 2


@pytest.mark.parametrize("scope", [{"account": "A1"}, {"contract": "SSE:600519"}])
async def test_restrictions_of_others_stop_nothing(
    tmp_path: Path, account: None, scope: dict[str, str]
) -> None:
    async with running(tmp_path) as engine:
        link = EngineLink(engine.process.place.socket)
        await in_thread(RestrictionRelay(link, DESK, lambda: (restriction(**scope),)).turn)
        assert await latches(link) == {PAIR: None}


async def test_where_nobody_knows_the_restrictions_nothing_is_released(
    tmp_path: Path, account: None
) -> None:
    async with running(tmp_path) as engine:
        link = EngineLink(engine.process.place.socket)
        await in_thread(RestrictionRelay(link, DESK, lambda: (restriction(),)).turn)
        await in_thread(RestrictionRelay(link, DESK, lambda: None).turn)
        assert (await latches(link))[PAIR] is not None


def fed(queue: QueueServer) -> list[Any]:
    """What the shard of the desk's group was told."""
    entries: Any = queue.client().xrange(f"orders.{shard_of('GFX', 2)}")
    blobs = [unpacked(fields[b"b"]) for _, fields in entries]
    return [event for blob in blobs if isinstance(blob, Fed) for event in blob.events]


async def logged(engine: Running) -> None:
    """The channel has answered, and that is in the log."""
    await until(lambda: not engine.book.channels["CHANNEL1"]._asked)
    engine.engine.turn()
    assert await engine.engine.is_logged(10)


async def test_what_the_channel_has_comes_into_the_risk_core_once(
    tmp_path: Path, account: None, queue: QueueServer
) -> None:
    async with running(tmp_path) as engine, counterparty(engine.process.port) as them:
        engine.tick()
        link = EngineLink(engine.process.place.socket)
        await asyncio.to_thread(link.do, Touch(PAIR, Gesture.START))
        await until(lambda: len(them.held) == CELLS)
        await logged(engine)
        log, decimals = tmp_path / "quoting", {PAIR: 4}
        relay = QuoteFeed(log, DESK)
        assert await in_thread(lambda: relay.turn(decimals, time.time_ns()))
        # Killed before it could save how far it had come.
        (log / "relay.json").unlink()
        await in_thread(lambda: QuoteFeed(log, DESK).turn(decimals, time.time_ns()))
        (quote,) = fed(queue)
        assert (quote.event, quote.account, quote.symbol) == ("quote", "FXDESK", PAIR)
        assert (quote.fields["bid"], quote.fields["ask"]) == ("6.4688", "6.4701")
        await asyncio.to_thread(link.do, StopAll())
        await logged(engine)
        await in_thread(lambda: QuoteFeed(log, DESK).turn(decimals, time.time_ns()))
        assert [event.event for event in fed(queue)] == ["quote", "quote_cancel"]


def at(hour: int) -> int:
    """An hour of a Monday in Beijing."""
    return day_start_ns(date(2026, 11, 23)) + hour * 3600 * NS_PER_SECOND


def owed() -> tuple[int | None, int]:
    """What can still be reached, and how long both sides were there, in hours."""
    figure = MetricFigure.objects.get(metric="fx_obligation", symbol=PAIR)
    return figure.value, figure.details["present_ns"] // NS_PER_SECOND // 3600


def raised() -> list[tuple[str, str]]:
    return list(Alert.objects.values_list("rule_version__rule__code", "level"))


async def test_too_short_a_presence_of_a_pair_prompts_and_stops_nothing(
    tmp_path: Path, transactional_db: None, queue: QueueServer
) -> None:
    def base() -> None:
        made_pair()
        load_desk()

    def asked(hour: int) -> None:
        item = {"source_id": f"R{hour}", "exchange": "CFETS", "account": "OTHER", "symbol": PAIR}
        take_feed(Batch(FeedKind.QUOTE_REQUESTS, "tester", "C2", "C2", [item], at(hour)))
        Computing().run(queue.client())

    await in_thread(base)
    desk = Desk(Place(site.RISKGW_DESK["exchange"], site.RISKGW_DESK["account"]), "FXDESK")
    async with running(tmp_path) as engine, counterparty(engine.process.port) as them:
        engine.tick()
        link = EngineLink(engine.process.place.socket)
        await asyncio.to_thread(link.do, Touch(PAIR, Gesture.START))
        await until(lambda: len(them.held) == CELLS)
        await logged(engine)
        log, decimals = tmp_path / "quoting", {PAIR: 4}
        await in_thread(lambda: QuoteFeed(log, desk).turn(decimals, at(10)))
        await asyncio.to_thread(link.do, StopAll())
        await logged(engine)
        await in_thread(lambda: QuoteFeed(log, desk).turn(decimals, at(15)))
    # From 10:00 to 18:59 is owed; five hours were quoted, and three are lost by 18:00.
    await in_thread(lambda: asked(17))
    assert await in_thread(owed) == (77_736_549, 5)
    assert not await in_thread(raised)
    await in_thread(lambda: asked(18))
    assert await in_thread(owed) == (66_604_823, 5)
    assert await in_thread(raised) == [("B13.8", "warn")]
    assert not await in_thread(StoredRestriction.objects.exists)
