"""QuickFIX, with the dictionary of FIX 4.4, as the CMDS-like source."""

from pathlib import Path

import pytest

from quoting.domain.events import ProviderDown, SourceDown, Tick
from quoting.domain.generated_market import CMDS
from quoting.io.rates import Ports
from tests.quoting.io.fix_sides import until
from tests.quoting.io.quickfix_peer import IS_HERE, quickfix
from tests.quoting.io.source_sides import CNY, running, settings_of
from tests.running_system import free_port

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.skipif(not IS_HERE, reason="QuickFIX or FIX44.xml is not here: see the Makefile"),
]
M = 1_000_000
SIZED = "271=1000000|272=20260304|273=02:30:00.125|282=BCHO"


async def test_quickfix_is_subscribed_to_and_heard(tmp_path: Path) -> None:
    port = free_port()
    settings = settings_of(CMDS, Ports(port, 0, 0), target="CHANNEL1")
    async with (
        quickfix("acceptor", port, tmp_path / "q") as engine,
        running(settings) as (source, heard),
    ):
        await until(lambda: engine.messages("V"))
        (asked,) = engine.messages("V")
        assert "\x01146=2\x0155=USD.CNY\x0155=EUR.USD\x01" in asked
        request = asked.partition("\x01262=")[2].partition("\x01")[0]
        engine.send(
            f"35=W|262={request}|55={CNY}|268=2|269=0|270=6.4688|{SIZED}|269=1|270=6.4701|{SIZED}|"
        )
        await until(lambda: heard.of(Tick))
        at_ns = 1_772_591_400_125_000_000
        tick = heard.of(Tick)[0]
        assert tick == Tick(
            CNY, CMDS, "BCHO", ((64_688, M),), ((64_701, M),), at_ns, tick.number
        )  # fmt: skip
        engine.send(f"35=X|262={request}|268=1|279=1|269=0|278=b|55={CNY}|270=6.46885|282=BCHO|")
        await until(lambda: heard.of(ProviderDown))
        # Numbers are missing: nothing stands, and all is asked for anew.
        engine.tell(do="skip", count=5)
        engine.send(f"35=X|262={request}|268=1|279=1|269=0|278=b|55={CNY}|270=6.4690|282=BCHO|")
        await until(lambda: heard.of(SourceDown))
        await until(lambda: len(engine.messages("V")) == 3)
        again = engine.messages("V")[-1].partition("\x01262=")[2].partition("\x01")[0]
        assert again != request
        engine.send(f"35=W|262={again}|55={CNY}|268=1|269=0|270=6.4690|282=BCHO|")
        await until(lambda: heard.of(Tick)[-1].bids == ((64_690, 0),))
        assert (source.connections, source.is_up) == (1, True)
        assert engine.messages("3", "j", event="admin out") + engine.messages("3", "j") == []
