"""Prices that dealers type, and tapes that are played."""

from pathlib import Path
from typing import Any

import pytest

from quoting.domain.events import Heard, ProviderDown, SourceDown, Tick
from quoting.domain.source_settings import SourceKind, SourcePair, SourceSettings
from quoting.io.source_manual import ManualSource
from quoting.io.source_tape import ENDED
from quoting.wire.sources.problems import Trouble
from riskgw.kernel.times import NS_PER_MS, NS_PER_SECOND
from tests.quoting.io.fix_sides import until
from tests.quoting.io.source_sides import CNY, EUR, manual, running

pytestmark = pytest.mark.asyncio
LONG_NS = 3_600 * NS_PER_SECOND
TYPED = Tick(CNY, "MANUAL", "mary", ((64_688, 0),), ((64_701, 0),))
OVER = ProviderDown(CNY, "MANUAL", "mary")


async def test_a_typed_price_holds_until_its_time_is_over() -> None:
    async with running(manual()) as (source, heard):
        assert isinstance(source, ManualSource)
        await until(lambda: source.is_up)
        assert source.typed(CNY, 64_688, 64_701, 50 * NS_PER_MS, "mary") is None
        assert heard.events == [TYPED]
        await until(lambda: heard.of(ProviderDown))
        assert heard.of(ProviderDown) == [OVER]


async def test_a_price_typed_anew_has_its_whole_time_again() -> None:
    async with running(manual()) as (source, heard):
        assert isinstance(source, ManualSource)
        source.typed(CNY, 64_680, 64_700, 1, "mary")
        source.typed(CNY, 64_688, 64_701, LONG_NS, "mary")
        source.typed(EUR, 112_100, 112_110, 1, "john")
        await until(lambda: heard.of(ProviderDown))
        await until(lambda: heard.of(Heard))
        assert heard.of(ProviderDown) == [ProviderDown(EUR, "MANUAL", "john")]
        assert heard.of(Tick)[1] == TYPED


async def test_a_price_is_taken_back_by_its_dealer() -> None:
    async with running(manual()) as (source, heard):
        assert isinstance(source, ManualSource)
        source.typed(CNY, 64_688, 64_701, LONG_NS, "mary")
        assert not source.taken_back(CNY, "john")
        assert source.taken_back(CNY, "mary")
        assert not source.taken_back(CNY, "mary")
        assert heard.events == [TYPED, OVER]


async def test_a_source_that_is_stopped_takes_typed_prices_along() -> None:
    async with running(manual()) as (source, heard):
        assert isinstance(source, ManualSource)
        await until(lambda: source.is_up)
        source.typed(CNY, 64_688, 64_701, LONG_NS, "mary")
    assert heard.events == [TYPED, SourceDown("MANUAL")]


@pytest.mark.parametrize(
    ("typed", "trouble"),
    [(("AUD.NZD", 1, 2, 1), Trouble.UNKNOWN_SYMBOL), ((CNY, 0, 2, 1), Trouble.NO_NUMBER),
     ((CNY, 2, 1, 1), Trouble.NO_NUMBER), ((CNY, 1, 2, 0), Trouble.NO_NUMBER)],
)  # fmt: skip
async def test_what_is_no_price_is_refused(
    typed: tuple[str, int, int, int], trouble: Trouble
) -> None:
    async with running(manual()) as (source, heard):
        assert isinstance(source, ManualSource)
        wrong = source.typed(*typed, by="mary")
        assert wrong is not None
        assert wrong.trouble is trouble
        assert heard.events == []
        assert source.bad_messages == 1


def tape(path: Path, *rows: str, **changes: Any) -> SourceSettings:
    file = path / "tape.csv"
    file.write_text("".join(f"{row}\n" for row in rows))
    pairs = (SourcePair(CNY, 4),)
    return SourceSettings("TAPE", SourceKind.TAPE, pairs, path=str(file), **changes)


ROWS = (
    "ns,source,pair,bid,ask", "1000,A:B,USD.CNY,6.4688,6.4701", "garbage",
    "5000000000,C,USD.CNY,6.4690,6.4700",
)  # fmt: skip


async def test_a_tape_plays_as_fast_as_can_be_and_its_sources_end_with_it(tmp_path: Path) -> None:
    async with running(tape(tmp_path, *ROWS, speed=0)) as (source, heard):
        await until(lambda: source.failure)
        assert source.failure == ENDED
        assert heard.events == [
            Tick(CNY, "A", "B", ((64_688, 0),), ((64_701, 0),)),
            Tick(CNY, "C", "C", ((64_690, 0),), ((64_700, 0),)),
            SourceDown("A"), SourceDown("C"),
        ]  # fmt: skip
        assert source.problems == {Trouble.UNREADABLE: 1}
        assert (source.messages, source.bad_messages) == (3, 1)


async def test_a_tape_plays_at_so_many_times_its_pace_with_times_of_now(tmp_path: Path) -> None:
    async with running(tape(tmp_path, *ROWS, speed=20)) as (source, heard):
        await until(lambda: source.failure)
        first, second = heard.of(Tick)
        assert second.source_ns - first.source_ns == (5 * NS_PER_SECOND - 1_000) // 20


async def test_a_source_of_a_tape_that_falls_silent_is_down(tmp_path: Path) -> None:
    rows = (*ROWS, "9000000000000,C,USD.CNY,6.4690,6.4700")
    settings = tape(tmp_path, *rows, speed=1_000, silent_seconds=2)
    async with running(settings) as (_, heard):
        await until(lambda: heard.of(SourceDown))
        assert Heard("A") in heard.events
        assert heard.of(Tick)[-1].source == "C"


async def test_a_tape_that_is_not_there_says_so(tmp_path: Path) -> None:
    settings = SourceSettings("TAPE", SourceKind.TAPE, (SourcePair(CNY, 4),), path="/nowhere.csv")
    async with running(settings) as (source, heard):
        await until(lambda: source.failure)
        assert "nowhere" in source.failure
        assert heard.events == []
