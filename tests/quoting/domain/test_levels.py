"""Tiers that come and go, and people's prices beside automatic ones."""

from quoting.domain.cell import Gesture, Phase
from quoting.domain.effects import (
    Refused,
)
from quoting.domain.events import (
    Resize,
)
from quoting.domain.publication import Standing
from quoting.domain.words import Reason, Side
from tests.quoting.domain.desk import ASK, BID, PAIR, SIZE, Desk, live, of

# levels


def test_a_tier_is_added_resized_and_removed() -> None:
    desk = live()
    desk.do(Resize(PAIR, 4, 7 * SIZE))
    assert desk.cell(level=4).phase is Phase.AUTO_STOPPED
    desk.touch(Gesture.START, None, 4)
    assert desk.peer.held[PAIR, Side.BID, 4] == (BID, 7 * SIZE)
    desk.do(Resize(PAIR, 4, 8 * SIZE))
    assert desk.peer.held[PAIR, Side.BID, 4] == (BID, 8 * SIZE)
    desk.do(Resize(PAIR, 4, 0))
    assert desk.held(level=4) is None
    assert (Side.BID, 4) not in desk.book.panels[PAIR].cells
    assert len(desk.peer.held) == 8


def test_a_tier_that_is_removed_stays_known_until_the_channel_let_it_go() -> None:
    desk = live()
    desk.answers = False
    desk.do(Resize(PAIR, 3, 0))
    assert desk.cell(level=3).publication.standing is Standing.WITHDRAWING
    assert desk.touch(Gesture.START, None, 3) == [Refused(PAIR, "start", Reason.UNKNOWN_CELL)]
    desk.acknowledge()
    assert (Side.BID, 3) not in desk.book.panels[PAIR].cells


def test_levels_that_cannot_be_are_refused() -> None:
    desk = live()
    assert desk.do(Resize(PAIR, 4, 5 * SIZE)) == [Refused(PAIR, "resize", Reason.SIZE_TAKEN)]
    assert desk.do(Resize(PAIR, 0, 0)) == [Refused(PAIR, "resize", Reason.BEST_STAYS)]
    assert desk.do(Resize("X", 0, 1)) == [Refused("X", "Resize", Reason.UNKNOWN_PAIR)]


# people's prices beside automatic ones


def manual(desk: Desk, price: int, side: Side = Side.BID, level: int = 0) -> None:
    desk.touch(Gesture.DOUBLE_CLICK, side, level)
    desk.touch(Gesture.ENTER, side, level, price)


def test_automatic_tiers_follow_a_manual_best_price() -> None:
    desk = live()
    manual(desk, BID - 10)
    assert [desk.held(level=level) for level in range(4)] == [BID - 10] * 4


def test_a_manual_price_that_crosses_is_refused() -> None:
    desk = live()
    manual(desk, ASK)
    assert of(Refused, desk.effects) == [Refused(PAIR, "enter", Reason.CROSSED, Side.BID, 0)]
    assert desk.held() == BID


def test_a_manual_tier_better_than_the_best_is_refused() -> None:
    desk = live()
    manual(desk, BID + 1, level=2)
    assert of(Refused, desk.effects) == [Refused(PAIR, "enter", Reason.INVERTED, Side.BID, 2)]


def test_an_automatic_price_makes_way_for_a_manual_one_that_it_would_cross() -> None:
    desk = live()
    manual(desk, BID)
    desk.tick(BID - 30, BID)
    assert desk.held() == BID
    assert desk.held(Side.ASK) is None
    assert desk.cell(Side.ASK).reason is Reason.CROSSED
    desk.tick(BID - 30, BID + 1)
    assert desk.held(Side.ASK) == BID + 1


def test_a_nudge_that_changes_nothing_is_refused() -> None:
    desk = live()
    desk.touch(Gesture.NUDGE, Side.BID, 1, 1)
    assert desk.effects == [Refused(PAIR, "nudge", Reason.NO_EFFECT, Side.BID, 1)]
    assert desk.cell(level=1).adjust == 0
