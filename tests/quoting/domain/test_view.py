"""What is shown of a panel is what the counterparty has."""

import msgspec

from quoting.domain.cell import Gesture
from quoting.domain.events import ChannelDown
from quoting.domain.view import CellState, cell_view, panel_view, provider_views
from quoting.domain.words import Mode, Quality, Reason, Side
from riskgw.kernel.times import NS_PER_SECOND
from tests.quoting.domain.desk import ASK, BID, CHANNEL, PAIR, SETTINGS, Desk, live


def state(desk: Desk) -> CellState:
    return cell_view(desk.cell(), desk.now_ns).state


def test_a_cells_words_on_its_way() -> None:
    desk = Desk(SETTINGS)
    assert state(desk) is CellState.UNKNOWN
    desk.up()
    assert state(desk) is CellState.STOPPED
    desk.touch(Gesture.START)
    assert state(desk) is CellState.INVALID
    desk.answers = False
    desk.tick(BID, ASK)
    assert state(desk) is CellState.PENDING
    desk.acknowledge()
    assert state(desk) is CellState.LIVE
    desk.touch(Gesture.STOP)
    assert state(desk) is CellState.WITHDRAWING
    desk.acknowledge()
    assert state(desk) is CellState.STOPPED
    desk.touch(Gesture.START)
    desk.acknowledge()
    desk.do(ChannelDown(CHANNEL))
    assert state(desk) is CellState.UNKNOWN
    assert cell_view(desk.cell(), desk.now_ns).published is None


def test_a_stale_cell_says_so() -> None:
    desk = live()
    desk.wait(5 * NS_PER_SECOND)
    assert state(desk) is CellState.STALE


def test_a_price_that_was_refused_says_so() -> None:
    desk = Desk(SETTINGS).up()
    desk.tick(BID, ASK)
    desk.answers = False
    desk.touch(Gesture.START)
    desk.reject()
    desk.acknowledge()
    shown = cell_view(desk.cell(), desk.now_ns)
    assert (shown.state, shown.reason, shown.published) == (
        CellState.PENDING, Reason.REJECTED, None,
    )  # fmt: skip


def test_details_add_up_to_the_price_that_is_published() -> None:
    desk = live()
    desk.touch(Gesture.NUDGE, Side.BID, 0, -3)
    for shown in panel_view(desk.book.panels[PAIR], desk.now_ns).cells:
        assert shown.market is not None
        assert shown.market + sum(shown.addends) == shown.published == shown.target
        assert shown.published == desk.held(shown.side, shown.level)
    assert cell_view(desk.cell(), desk.now_ns).spread_adjust == -3


def test_the_panel_tells_its_source_provider_and_mode() -> None:
    desk = live()
    shown = panel_view(desk.book.panels[PAIR], desk.now_ns)
    assert (shown.source, shown.bid_provider, shown.bid, shown.ask) == ("CMDSB", "BCHO", BID, ASK)
    assert shown.mode is Mode.AUTO
    desk.touch(Gesture.DOUBLE_CLICK)
    desk.touch(Gesture.ENTER, value=BID)
    shown = panel_view(desk.book.panels[PAIR], desk.now_ns + NS_PER_SECOND)
    assert shown.mode is None
    assert (shown.cells[0].mode, shown.cells[0].market) == (Mode.MANUAL, None)
    (provider,) = provider_views(desk.book.panels[PAIR], desk.now_ns + NS_PER_SECOND)
    assert (provider.quality, provider.bid, provider.age_ms) == (Quality.OK, BID, 1000)
    assert msgspec.json.decode(msgspec.json.encode(shown), type=type(shown)) == shown
