"""What bounds quoting: levels, limits, throttle, stops, position, last look."""

import pytest

from quoting.domain.auto_stop import AutoStop, StopRules
from quoting.domain.deal import Asked, check
from quoting.domain.ladder import (
    LEVELS_MAX,
    SIZE_MAX,
    LadderRefused,
    Level,
    ordered,
    with_size,
    without,
)
from quoting.domain.limits import Limit, Usage, breach, overrun, together, used
from quoting.domain.position import Position
from quoting.domain.throttle import Throttle
from quoting.domain.words import Reason, Side
from riskgw.kernel.times import NS_PER_SECOND

LEVELS = (Level(0, 1), Level(1, 5), Level(2, 10))


def test_levels_stand_by_size_whatever_their_number_the_best_first() -> None:
    assert with_size(LEVELS, 3, 7) == (Level(0, 1), Level(1, 5), Level(3, 7), Level(2, 10))
    assert with_size(LEVELS, 1, 20) == (Level(0, 1), Level(2, 10), Level(1, 20))
    assert with_size(LEVELS, 0, 99)[0] == Level(0, 99)
    assert without(LEVELS, 1) == (Level(0, 1), Level(2, 10))
    assert ordered(reversed(LEVELS)) == LEVELS


@pytest.mark.parametrize(
    ("number", "size", "reason"),
    [(3, 0, Reason.BAD_SIZE), (3, SIZE_MAX + 1, Reason.BAD_SIZE), (-1, 3, Reason.BAD_SIZE),
     (3, 5, Reason.SIZE_TAKEN)],
)  # fmt: skip
def test_a_level_that_cannot_be_is_refused(number: int, size: int, reason: Reason) -> None:
    with pytest.raises(LadderRefused) as refused:
        with_size(LEVELS, number, size)
    assert refused.value.reason is reason


def test_there_are_only_so_many_levels_and_the_best_one_stays() -> None:
    full = tuple(Level(number, number + 1) for number in range(LEVELS_MAX))
    assert with_size(full, 3, 400)[-1] == Level(3, 400)
    with pytest.raises(LadderRefused, match=Reason.TOO_MANY_LEVELS):
        with_size(full, 99, 99)
    with pytest.raises(LadderRefused, match=Reason.BEST_STAYS):
        without(full, 0)
    with pytest.raises(LadderRefused, match=Reason.UNKNOWN_CELL):
        without(full, 99)


def test_limits_hold_at_and_refuse_just_over() -> None:
    usage = used(3, (2, 1), (10, 20))
    assert usage == Usage(long=15, short=18, gross=33)
    for limit, reason in (
        (Limit(single_max=5), None), (Limit(single_max=4), Reason.SINGLE_LIMIT),
        (Limit(net_max=20), None), (Limit(net_max=19), Reason.NET_LIMIT),
        (Limit(gross_max=38), None), (Limit(gross_max=37), Reason.GROSS_LIMIT),
    ):  # fmt: skip
        found = breach(limit, usage, Side.BID, 5)
        assert (found.reason if found else None) is reason
    assert breach(Limit(net_max=20), usage, Side.ASK, 3) is not None
    assert breach(Limit(net_max=20), usage, Side.ASK, 2) is None


def test_the_side_that_leads_further_out_has_to_go() -> None:
    usage = Usage(15, 18, 33)
    assert overrun(Limit(net_max=18, gross_max=33), usage) is None
    found = overrun(Limit(net_max=17), usage)
    assert found is not None
    assert (found[0], found[1].reason, found[1].value) == (Side.ASK, Reason.NET_LIMIT, 18)
    found = overrun(Limit(gross_max=32), usage)
    assert found is not None
    assert found[1].reason is Reason.GROSS_LIMIT


def test_pairs_weigh_by_their_unit_and_do_not_net_each_other() -> None:
    assert together([(Usage(5, -2, 3), 10), (Usage(-4, 7, 3), 1)]) == Usage(50, 7, 33)


def test_a_throttle_lets_so_many_through_a_second() -> None:
    throttle = Throttle(per_second=10, burst=3)
    taken = [throttle.take(0) for _ in range(5)]
    assert taken == [True, True, True, False, False]
    assert throttle.next_ns == NS_PER_SECOND // 10
    assert not throttle.take(throttle.next_ns - 1)
    assert throttle.take(throttle.next_ns)
    assert sum(throttle.take(ns) for ns in range(NS_PER_SECOND, 2 * NS_PER_SECOND, 10**7)) == 12
    assert all(Throttle().take(0) for _ in range(100))


def test_positions_close_at_average_cost_and_money_adds_up() -> None:
    position = Position()
    position.deal(10, 100)
    position.deal(5, 106)
    assert (position.net, position.cost, position.unrealised(110)) == (15, 1530, 120)
    position.deal(-5, 110)
    assert (position.net, position.realised) == (10, 40)
    position.deal(-25, 90)
    assert (position.net, position.cost, position.realised) == (-15, -1350, -80)
    # The same as what was paid and got, with what is open at the mark.
    money = -10 * 100 - 5 * 106 + 5 * 110 + 25 * 90
    assert position.total(95) == money - 15 * 95
    position.deal(15, 95)
    assert (position.net, position.cost, position.total(None)) == (0, 0, money - 15 * 95)


def test_fills_too_many_and_one_sided() -> None:
    rules = StopRules(fills=3, fills_ns=10, one_sided=3, one_sided_ns=100)
    burst = AutoStop()
    sides = (Side.BID, Side.ASK, Side.BID)
    found = [burst.filled(rules, side, 0, at) for at, side in enumerate(sides)]
    assert found[:2] == [None, None]
    assert found[2] is not None
    assert (found[2].reason, found[2].value, found[2].limit) == (Reason.FILL_BURST, 3, 3)
    slow = AutoStop()
    assert [slow.filled(rules, Side.BID, 0, at) for at in (0, 20)] == [None, None]
    assert slow.filled(rules, Side.ASK, 0, 40) is None
    assert [slow.filled(rules, Side.BID, 0, at) for at in (60, 80)] == [None, None]
    found_last = slow.filled(rules, Side.BID, 0, 99)
    assert found_last is not None
    assert found_last.reason is Reason.ONE_SIDED


def test_rejects_and_losses_at_their_bounds() -> None:
    rules = StopRules(loss_max=100, rejects=2, rejects_ns=10)
    stop = AutoStop()
    assert stop.rejected(rules, 0) is None
    assert stop.rejected(rules, 10) is None  # the first is out of the window
    assert stop.rejected(rules, 19) is not None
    assert stop.lost(rules, -100, 0) is None
    assert stop.lost(rules, -101, 0) is not None


def test_a_feed_is_lost_after_so_long_without_any_price() -> None:
    rules, stop = StopRules(feed_loss_ns=10), AutoStop()
    for has_price, at_ns, is_lost in (
        (False, 0, False), (False, 9, False), (True, 9, False), (False, 12, False),
        (False, 21, False), (False, 22, True),
    ):  # fmt: skip
        assert (stop.fed(rules, has_price, at_ns) is not None) is is_lost


def test_last_look_is_symmetric() -> None:
    def reason(now: int | None, price: int = 100, then: int | None = 100) -> Reason:
        return check(Asked("d", Side.ASK, price, 5, 0, then), now, 2)

    assert [reason(now) for now in (97, 98, 100, 102, 103)] == [
        Reason.PRICE_MOVED, Reason.NONE, Reason.NONE, Reason.NONE, Reason.PRICE_MOVED,
    ]  # fmt: skip
    assert reason(100, price=90) is Reason.PRICE_NOT_OURS
    assert reason(None) is Reason.NOT_QUOTED
    assert check(Asked("d", Side.ASK, 100, 0, 0, 100), 100, 2) is Reason.PRICE_NOT_OURS
