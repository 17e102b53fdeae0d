"""Settings that change while prices stand: pairs that go, come and move, levels set otherwise."""

from typing import Any

import pytest
from msgspec.structs import replace

from quoting.domain.cell import Gesture, Phase
from quoting.domain.effects import Effect, LastLook, Quote, Refused, WithdrawPair
from quoting.domain.events import ChannelDown, ChannelUp, Configure, DealRequested, Resize, Timer
from quoting.domain.ladder import BEST, Level
from quoting.domain.limits import Limit
from quoting.domain.settings import (
    BookSettings,
    ChannelSettings,
    DealMode,
    DealRules,
    PairSettings,
)
from quoting.domain.words import SIDES, Mode, Reason, Side
from tests.quoting.domain.desk import (
    ASK,
    BID,
    CHANNEL,
    OTHER,
    PAIR,
    SETTINGS,
    SIZE,
    Desk,
    of,
    two_pairs,
)
from tests.quoting.domain.desk import live as all_live

ELSEWHERE = "CHANNEL2"
DEAL = DealRequested(PAIR, "d1", Side.BID, BID, SIZE)


def configure(desk: Desk, *pairs: PairSettings, **more: Any) -> list[Effect]:
    channels = (ChannelSettings(CHANNEL), ChannelSettings(ELSEWHERE))
    return desk.do(Configure(BookSettings(pairs, channels, **more), "admin"))


def levelled(*sizes: int, **more: Any) -> PairSettings:
    """The best level and tiers, in millions."""
    levels = tuple(Level(number, size * SIZE) for number, size in enumerate(sizes))
    return replace(SETTINGS, levels=levels, **more)


def test_what_a_pair_had_goes_with_it_and_others_stay() -> None:
    desk = two_pairs()
    effects = configure(desk, replace(SETTINGS, pair=OTHER))
    assert [type(each) for each in effects if isinstance(each, WithdrawPair | Quote)] == [
        WithdrawPair
    ]
    assert {pair for pair, _, _ in desk.peer.held} == {OTHER}
    desk.do(Timer())
    assert set(desk.book.panels) == {OTHER}


def test_a_pair_stays_known_until_the_channel_has_let_go_of_it() -> None:
    desk = all_live()
    desk.answers = False
    configure(desk)
    assert not desk.peer.held
    start = desk.touch(Gesture.START, None, None)
    assert start == [Refused(PAIR, "Touch", Reason.UNKNOWN_PAIR)]
    assert PAIR in desk.book.panels
    desk.acknowledge()
    assert desk.book.next_at_ns() == desk.now_ns
    desk.do(Timer())
    assert PAIR not in desk.book.panels
    assert desk.book.next_at_ns() is None


def test_without_a_session_it_stays_unknown_until_the_next_one_has_withdrawn_everything() -> None:
    desk = all_live()
    desk.do(ChannelDown(CHANNEL))
    configure(desk)
    desk.do(Timer())
    assert PAIR in desk.book.panels
    desk.do(ChannelUp(CHANNEL))
    desk.do(Timer())
    assert not desk.book.panels


def test_requests_that_wait_are_refused() -> None:
    desk = all_live(replace(SETTINGS, deals=DealRules(DealMode.MANUAL)))
    desk.do(DEAL)
    (look,) = of(LastLook, configure(desk))
    assert isinstance(look, LastLook)
    assert (look.is_accepted, look.reason) == (False, Reason.OUT_OF_USE)


def test_a_pair_that_comes_back_is_stopped_and_holds_what_it_held() -> None:
    desk = all_live()
    desk.do(DEAL)
    configure(desk)
    desk.do(Timer())
    assert desk.book.positions[PAIR].net == SIZE
    configure(desk, SETTINGS)
    desk.tick(BID, ASK, size=0)
    assert not desk.peer.held
    assert desk.book.panels[PAIR].exposure.position.net == SIZE
    assert {cell.phase for cell in desk.book.panels[PAIR].cells.values()} == {Phase.AUTO_STOPPED}
    desk.start_all()
    assert len(desk.peer.held) == 8


def test_one_that_is_wanted_again_while_it_leaves_comes_when_it_has_left() -> None:
    desk = all_live()
    desk.answers = False
    configure(desk)
    configure(desk, SETTINGS)
    assert desk.book.panels[PAIR].is_leaving
    desk.acknowledge()
    desk.do(Timer())
    assert not desk.book.panels[PAIR].is_leaving


@pytest.mark.parametrize("is_up", [True, False])
def test_a_pair_on_another_channel_is_withdrawn_from_the_first(is_up: bool) -> None:
    """One that is down has nothing of it left once its next session has begun."""
    desk = all_live()
    if not is_up:
        desk.do(ChannelDown(CHANNEL))
    configure(desk, replace(SETTINGS, channel=ELSEWHERE))
    desk.do(Timer())
    panel = desk.book.panels[PAIR]
    assert panel.publisher.channel.settings.name == ELSEWHERE
    assert {cell.phase for cell in panel.cells.values()} == {Phase.AUTO_STOPPED}
    if not is_up:
        desk.do(ChannelUp(CHANNEL))
    assert not desk.peer.held


# levels


def test_levels_are_added_resized_and_removed() -> None:
    desk = all_live(levelled(1, 1, 5, 10))
    configure(desk, levelled(1, 2, 5))
    assert desk.peer.held[PAIR, Side.BID, 1] == (BID, 2 * SIZE)
    assert desk.held(level=3) is None
    assert (Side.BID, 3) not in desk.book.panels[PAIR].cells
    assert len(desk.peer.held) == 6
    configure(desk, levelled(1, 2, 5, 7))
    assert desk.cell(level=3).phase is Phase.AUTO_STOPPED
    assert len(desk.peer.held) == 6
    desk.touch(Gesture.START, None, 3)
    assert desk.peer.held[PAIR, Side.ASK, 3] == (ASK + 2, 7 * SIZE)


def test_tiers_may_exchange_their_sizes() -> None:
    desk = all_live(levelled(1, 1, 5, 10))
    configure(desk, levelled(1, 1, 10, 5))
    assert [row.bid.level for row in desk.book.panels[PAIR].rows.rows] == [0, 1, 3, 2]
    assert desk.peer.held[PAIR, Side.BID, 2][1] == 10 * SIZE
    bids = [desk.held(level=level) for level in (0, 1, 3, 2)]
    assert bids == sorted((bid for bid in bids if bid), reverse=True)


def test_what_people_made_of_other_levels_stays() -> None:
    desk = all_live(levelled(1, 1, 5, 10))
    desk.do(resize(2, 6))
    desk.do(resize(3, 0))
    configure(desk, levelled(1, 2, 5, 10))
    sizes = {level.number: level.size // SIZE for level in desk.book.panels[PAIR].rows.levels}
    assert sizes == {0: 1, 1: 2, 2: 6}


def resize(level: int, size: int) -> Resize:
    return Resize(PAIR, level, size * SIZE)


def test_a_ladder_that_cannot_be_is_refused_until_it_can() -> None:
    desk = all_live(levelled(1, 1, 5, 10))
    desk.do(resize(2, 6))
    refused = of(Refused, configure(desk, levelled(1, 1, 5, 6)))
    assert refused == [Refused(PAIR, "resize", Reason.SIZE_TAKEN)]
    assert desk.peer.held[PAIR, Side.BID, 3][1] == 10 * SIZE
    desk.do(resize(2, 5))
    configure(desk, levelled(1, 1, 5, 6))
    assert desk.peer.held[PAIR, Side.BID, 3][1] == 6 * SIZE


def test_the_best_level_stays() -> None:
    desk = all_live(levelled(1, 1, 5, 10))
    without = replace(SETTINGS, levels=(Level(1, SIZE),))
    refused = of(Refused, configure(desk, without))
    assert refused == [Refused(PAIR, "resize", Reason.BEST_STAYS)]
    assert desk.held() == BID


@pytest.mark.parametrize("short", [0, 1])
def test_a_level_that_becomes_too_large_is_withdrawn_and_never_offered(short: int) -> None:
    limit = Limit(single_max=20 * SIZE - short)
    desk = all_live(levelled(1, 1, 5, 10, limit=limit))
    effects = configure(desk, levelled(1, 1, 5, 20, limit=limit))
    quotes = [each for each in effects if isinstance(each, Quote)]
    offered = {entry.size for quote in quotes for entry in quote.entries if entry.price}
    assert offered == (set() if short else {20 * SIZE})
    assert (desk.held(level=3) is None) is bool(short)
    if short:
        assert desk.cell(level=3).reason is Reason.SINGLE_LIMIT


def test_prices_of_people_stay_where_they_fit_and_go_where_they_do_not() -> None:
    desk = all_live(levelled(1, 1, 5, 10))
    for level, price in ((2, BID - 5), (3, BID - 8)):
        desk.touch(Gesture.DOUBLE_CLICK, Side.BID, level)
        desk.touch(Gesture.ENTER, Side.BID, level, price)
    configure(desk, levelled(1, 1, 6, 10))
    assert desk.peer.held[PAIR, Side.BID, 2] == (BID - 5, 6 * SIZE)
    # The larger tier would be the better price.
    configure(desk, levelled(1, 1, 12, 10))
    manual = [desk.cell(level=level) for level in (2, 3)]
    assert {cell.mode for cell in manual} == {Mode.MANUAL}
    assert [desk.held(level=level) for level in (3, 2)] != [BID - 8, BID - 5]
    standing = [desk.held(level=level) for level in (BEST, 1, 3, 2)]
    prices = [price for price in standing if price]
    assert prices == sorted(prices, reverse=True)


def test_a_new_level_of_a_pair_quoted_by_hand_is_by_hand() -> None:
    desk = all_live(levelled(1, 1, 5, 10))
    for side in SIDES:
        desk.touch(Gesture.DOUBLE_CLICK, side, 0)
        desk.touch(Gesture.ENTER, side, 0, BID if side is Side.BID else ASK)
    configure(desk, levelled(1, 1, 5, 10, 20))
    assert desk.cell(level=4).phase is Phase.MANUAL_OFF
    assert desk.held(level=4) is None
