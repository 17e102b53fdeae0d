"""Sessions with QuickFIX, which checks every message against the dictionary of FIX 4.4."""

from pathlib import Path

import pytest

from quoting.io.fix_initiator import Target
from quoting.io.fix_store import FileStore
from quoting.wire.fix import messages as fix
from quoting.wire.fix.framer import Garbled
from quoting.wire.fix.session import Settings
from quoting.wire.fix.steps import Gap, PeerRefused, Received, Refused
from tests.quoting.io.fix_sides import Noted, accepting, initiating, until
from tests.quoting.io.quickfix_peer import HOST, IS_HERE, LossyWire, QuickFix, quickfix
from tests.quoting.wire.fix.words import AT_NS, cancel_all, mass_quote
from tests.running_system import free_port

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.skipif(not IS_HERE, reason="QuickFIX or FIX44.xml is not here: see the Makefile"),
]

REPORT = fix.ExecutionReport(
    "V1", "X1", "F", "2", "USD.CNY", fix.BUY, "0", "1000000", "6.4701", "O1", "1000000", "6.4701",
    "1000000", "6.4701", at_ns=AT_NS, settlement_date=20260306,
)  # fmt: skip
QUOTE = fix.Quote(
    "Q", "USD.CNY", "R1", "6.4688", "6.4701", "1000000", "1000000", AT_NS, AT_NS, 20260306
)


def ids(engine: QuickFix, kind: str = "i") -> list[str]:
    """QuoteID of what QuickFIX received and let through, in its order."""
    return [text.partition("\x01117=")[2].partition("\x01")[0] for text in engine.messages(kind)]


def nothing_was_refused(noted: Noted, engine: QuickFix) -> bool:
    ours = noted.of(Refused) + noted.of(PeerRefused)
    theirs = engine.messages("3", "j", event="admin out") + engine.messages("3", "j", event="admin")
    return ours == [] and theirs == [] and engine.messages("j") == []


async def test_quickfix_takes_every_message_of_the_channel(tmp_path: Path) -> None:
    noted = Noted()
    async with (
        accepting(noted) as (_, port),
        quickfix("initiator", port, tmp_path / "q", heartbeat_seconds=6) as engine,
    ):
        await until(lambda: noted.logons)
        noted.send(*(mass_quote(f"Q{number}") for number in range(20)))
        noted.send(cancel_all("C1"), QUOTE, REPORT)
        pair = fix.QuoteCancel("C2", fix.CANCEL_FOR_SYMBOL, pairs=(fix.CancelledPair("USD.CNY"),))
        noted.send(pair)
        engine.send("35=R|131=R1|146=1|55=USD.CNY|54=1|38=1000000|64=20260306|")
        engine.send(
            "35=D|11=O1|117=Q|55=USD.CNY|54=1|38=1000000|44=6.4701|40=D|60=20260304-02:30:00.125|"
        )
        engine.send("35=1|112=are you there|")
        await until(lambda: len(ids(engine, "Z")) == 2 and len(noted.received) == 22)
        await until(lambda: any("112=are you there" in text for text in heartbeats(engine)))
        assert ids(engine) == [f"Q{number}" for number in range(20)]
        assert len(engine.messages("S")) == len(engine.messages("8")) == 1
        acks = [each for each in noted.received if isinstance(each, fix.MassQuoteAck)]
        assert acks == [fix.MassQuoteAck(0, f"Q{number}") for number in range(20)]
        others = [each for each in noted.received if not isinstance(each, fix.MassQuoteAck)]
        assert others == [
            fix.QuoteRequest("R1", (fix.RequestedPair("USD.CNY", "1", "1000000", 20260306),)),
            fix.NewOrderSingle("O1", "USD.CNY", "1", AT_NS, "1000000", "D", "6.4701", "Q"),
        ]
        # An interval later both are still there.
        heard = len(heartbeats(engine))
        await until(lambda: len(heartbeats(engine)) > heard)
        assert noted.logons == 1
        assert nothing_was_refused(noted, engine)


def heartbeats(engine: QuickFix) -> list[str]:
    return engine.messages("0", event="admin")


async def test_what_is_lost_between_us_and_quickfix_comes_in_order(tmp_path: Path) -> None:
    noted = Noted()
    with FileStore(tmp_path / "channel") as store:
        async with (
            accepting(noted, store=store) as (_, port),
            LossyWire(port).open() as wire,
            quickfix("initiator", wire.port, tmp_path / "q") as engine,
        ):
            await until(lambda: noted.logons)
            lost = [b"\x01117=Q%d\x01" % number for number in (5, 6, 7)]
            wire.drops = lambda data: (
                b"\x0135=i\x01" in data
                and b"\x0143=Y" not in data
                and any(each in data for each in lost)
            )
            noted.send(*(mass_quote(f"Q{number}") for number in range(20)))
            await until(lambda: len(ids(engine)) >= 20)
            assert ids(engine) == [f"Q{number}" for number in range(20)]
            assert len(engine.messages("2", event="admin out")) == 1
            await until(lambda: len(noted.received) == 20)
            await theirs_are_lost(noted, wire, engine)
            await the_connection_is_lost(noted, wire, engine)
            assert nothing_was_refused(noted, engine)
            assert store.next_sent > 25


async def theirs_are_lost(noted: Noted, wire: LossyWire, engine: QuickFix) -> None:
    """Ours asks once; QuickFIX sends them again."""
    before = len(noted.received)
    dropped = len(wire.dropped)
    wire.drops = lambda data: (
        b"35=R\x01" in data
        and b"\x0143=Y" not in data
        and (b"\x01131=R1\x01" in data or b"\x01131=R2\x01" in data)
    )
    for number in range(5):
        engine.send(f"35=R|131=R{number}|146=1|55=USD.CNY|")
    await until(lambda: len(noted.received) >= before + 5)
    got = [
        each.request_id for each in noted.received[before:] if isinstance(each, fix.QuoteRequest)
    ]
    assert got == [f"R{number}" for number in range(5)]
    assert len(wire.dropped) == dropped + 2
    assert len(noted.of(Gap)) == 1
    wire.drops = lambda _: False


async def the_connection_is_lost(noted: Noted, wire: LossyWire, engine: QuickFix) -> None:
    """With garbage on it, numbers that were skipped, and quotes under way; the numbers go on."""
    wire.garbage = b"\x00garbage\xff"
    noted.send(mass_quote("G1"))
    await until(lambda: ids(engine)[-1] == "G1")
    await until(lambda: noted.of(Garbled))
    wire.garbage = b""
    engine.tell(do="skip", count=5)
    engine.send("35=R|131=skipped|146=1|55=USD.CNY|")
    await until(lambda: len(noted.of(Gap)) == 2)
    await until(
        lambda: noted.received[-1] == fix.QuoteRequest("skipped", (fix.RequestedPair("USD.CNY"),))
    )
    wire.drops = lambda data: b"35=i\x01" in data
    noted.send(mass_quote("L1"), mass_quote("L2"), cancel_all("L3"))
    await until(lambda: len(wire.dropped) >= 7)
    wire.drops = lambda _: False
    wire.cut()
    await until(lambda: noted.logons == 2)
    await until(lambda: ids(engine)[-2:] == ["L1", "L2"])
    assert ids(engine, "Z") == ["L3"]


async def test_quickfix_as_the_source_we_log_on_to(tmp_path: Path) -> None:
    noted = Noted()
    port = free_port()
    ours = Settings("RISKGW", "CHANNEL1", is_initiator=True)
    target = Target(HOST, port, pause_seconds=0.1)
    wanted = fix.MarketDataRequest(
        "M1", "1", 1, 0, (fix.EntryType("0"), fix.EntryType("1")), (fix.WantedPair("USD.CNY"),)
    )
    async with (
        quickfix("acceptor", port, tmp_path / "q") as engine,
        initiating(noted, target, ours),
    ):
        await until(lambda: noted.logons)
        noted.send(wanted)
        await until(lambda: engine.messages("V"))
        engine.send(
            "35=W|262=M1|55=USD.CNY|268=2|269=0|270=6.4688|271=1000000|282=BCHO|"
            "269=1|270=6.4701|271=1000000|282=BCHO|"
        )
        engine.send("35=X|262=M1|268=1|279=1|269=0|278=7|55=USD.CNY|270=6.4690|271=500000|")
        engine.send("35=4|36=40|")
        engine.tell(do="number", number=40)
        await until(lambda: len(noted.received) == 2)
        snapshot, refresh = noted.received
        assert isinstance(snapshot, fix.Snapshot)
        assert isinstance(refresh, fix.Refresh)
        assert [each.price for each in snapshot.entries] == ["6.4688", "6.4701"]
        assert snapshot.entries[0].provider == "BCHO"
        assert refresh.entries[0].price == "6.4690"
        await a_logout_and_a_new_logon(noted, engine)
        assert nothing_was_refused(noted, engine)


async def a_logout_and_a_new_logon(noted: Noted, engine: QuickFix) -> None:
    """By either side; the numbers go on from where the reset has put them."""
    assert noted.connection
    noted.connection.logout("pause")
    await until(lambda: noted.logons == 2)
    engine.send("35=W|262=M1|55=USD.CNY|268=1|269=0|270=6.4688|")
    await until(lambda: len(noted.received) == 3)
    assert noted.of(Received)[-1].number > 40
    # QuickFIX takes no logon after a logout of its own.
    engine.tell(do="logout", text="the day is over")
    await until(lambda: len(noted.closed) > 1)
    assert noted.closed[:2] == ["logout", "logout: the day is over"]
