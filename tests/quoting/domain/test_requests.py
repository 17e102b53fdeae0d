"""Limits that are used up, requests to deal, and tickets."""

import pytest
from msgspec.structs import replace

from quoting.domain.auto_stop import StopRules
from quoting.domain.cell import Gesture, Phase
from quoting.domain.effects import (
    Breached,
    LastLook,
    PriceAnswered,
    Refused,
    Stopped,
    TicketOpened,
)
from quoting.domain.events import (
    Configure,
    DealRequested,
    PriceRequested,
    Tick,
    TicketAnswered,
    Touch,
)
from quoting.domain.limits import Limit
from quoting.domain.settings import (
    BookSettings,
    ChannelSettings,
    DealMode,
    DealRules,
)
from quoting.domain.spread import SpreadRules
from quoting.domain.words import Reason, Side
from riskgw.kernel.times import NS_PER_SECOND
from tests.quoting.domain.desk import (
    ASK,
    BID,
    CHANNEL,
    OTHER,
    PAIR,
    SETTINGS,
    SIZE,
    Desk,
    live,
    of,
)

# limits


def test_a_limit_one_unit_too_small_withdraws_that_side_and_it_stays_away() -> None:
    desk = live(replace(SETTINGS, limit=Limit(net_max=17 * SIZE)))
    changed = replace(desk.settings.pairs[0], limit=Limit(net_max=17 * SIZE - 1))
    effects = desk.do(Configure(BookSettings((changed,), desk.settings.channels)))
    assert [type(e) for e in of(Breached, effects)] == [Breached, Breached]
    desk = live(replace(SETTINGS, limit=Limit(gross_max=34 * SIZE)))
    changed = replace(desk.settings.pairs[0], limit=Limit(gross_max=34 * SIZE - 1))
    effects = desk.do(Configure(BookSettings((changed,), desk.settings.channels)))
    assert len(of(Breached, effects)) == 1
    assert {side for _, side, _ in desk.peer.held} == {Side.ASK}
    for step in range(3):
        desk.tick(BID + step, ASK + step)
        assert {side for _, side, _ in desk.peer.held} == {Side.ASK}
    assert desk.cell().reason is Reason.GROSS_LIMIT
    desk.do(Configure(desk.settings))
    assert len(desk.peer.held) == 8


def test_a_start_beyond_a_limit_waits_with_its_reason() -> None:
    desk = Desk(replace(SETTINGS, limit=Limit(single_max=9 * SIZE))).up()
    desk.tick(BID, ASK)
    desk.start_all()
    assert {level for _, _, level in desk.peer.held} == {0, 1, 2}
    assert desk.cell(level=3).reason is Reason.SINGLE_LIMIT


def test_pairs_share_the_limit_of_their_channel() -> None:
    channel = ChannelSettings(CHANNEL, limit=Limit(gross_max=40 * SIZE))
    desk = Desk(SETTINGS, replace(SETTINGS, pair=OTHER), channel=channel).up()
    for pair in (PAIR, OTHER):
        desk.do(Tick(pair, "CMDSB", "BCHO", ((BID, SIZE),), ((ASK, SIZE),)))
        desk.do(Touch(pair, Gesture.START))
    sizes = [size for _, size in desk.peer.held.values()]
    assert sum(sizes) <= 40 * SIZE
    assert len(sizes) > 8


def test_what_was_sent_but_not_withdrawn_yet_counts_as_exposure() -> None:
    desk = Desk(replace(SETTINGS, limit=Limit(gross_max=SIZE))).up()
    desk.answers = False
    desk.tick(BID, ASK)
    desk.touch(Gesture.START)
    desk.touch(Gesture.STOP)
    desk.touch(Gesture.START, Side.ASK)
    assert desk.cell(Side.ASK).reason is Reason.GROSS_LIMIT
    while desk.pending:
        desk.acknowledge()
    desk.tick(BID, ASK)
    assert desk.cell(Side.ASK).phase is Phase.AUTO_VALID


# requests


def deal(price: int, side: Side = Side.ASK, size: int = SIZE) -> DealRequested:
    return DealRequested(PAIR, "d1", side, price, size, "bank")


def test_a_deal_on_our_price_is_accepted_and_recorded() -> None:
    desk = live()
    (look,) = of(LastLook, desk.do(deal(ASK)))
    assert isinstance(look, LastLook)
    assert (look.is_accepted, look.price_at_request, look.price_at_decision) == (True, ASK, ASK)
    assert look.requested_ns == look.decided_ns
    assert desk.book.panels[PAIR].exposure.position.net == -SIZE


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (deal(ASK - 1), Reason.PRICE_NOT_OURS), (deal(ASK + 1), Reason.PRICE_NOT_OURS),
        (deal(ASK, size=11 * SIZE), Reason.NOT_QUOTED), (deal(ASK, size=0), Reason.PRICE_NOT_OURS),
        (deal(ASK, Side.BID), Reason.PRICE_NOT_OURS),
    ],
)  # fmt: skip
def test_a_deal_that_is_not_on_our_price_is_refused(event: DealRequested, reason: Reason) -> None:
    desk = live()
    (look,) = of(LastLook, desk.do(event))
    assert isinstance(look, LastLook)
    assert (look.is_accepted, look.reason) == (False, reason)
    assert desk.book.panels[PAIR].exposure.position.net == 0


def test_a_deal_on_a_price_that_has_just_moved_is_refused_as_such() -> None:
    desk = live()
    desk.answers = False
    desk.tick(BID + 1, ASK + 1)
    (look,) = of(LastLook, desk.do(deal(ASK)))
    assert isinstance(look, LastLook)
    assert (look.reason, look.price_at_request, look.price_at_decision) == (
        Reason.PRICE_MOVED, ASK, ASK + 1,
    )  # fmt: skip


def test_a_deal_that_uses_up_the_limit_takes_the_side_out() -> None:
    desk = live(replace(SETTINGS, limit=Limit(net_max=17 * SIZE)))
    effects = desk.do(deal(ASK))
    assert len(of(Breached, effects)) == 1
    assert {side for _, side, _ in desk.peer.held} == {Side.BID}


def test_a_position_skews_the_prices_against_it() -> None:
    spread = SpreadRules(position_step=SIZE, position_max=5)
    desk = live(replace(SETTINGS, spread=spread))
    desk.do(deal(ASK))
    assert (desk.held(), desk.held(Side.ASK)) == (BID + 1, ASK + 1)


def test_too_many_deals_at_once_stop_the_pair() -> None:
    desk = live(replace(SETTINGS, stops=StopRules(fills=2)))
    desk.do(deal(ASK))
    effects = desk.do(deal(BID, Side.BID))
    assert len(of(Stopped, effects)) == 1
    assert desk.peer.held == {}


def test_a_loss_on_the_open_position_stops_the_pair_on_a_tick() -> None:
    desk = live(replace(SETTINGS, stops=StopRules(loss_max=20 * SIZE)))
    desk.do(deal(ASK))
    desk.tick(BID + 15, ASK + 20)
    assert len(desk.peer.held) == 8
    desk.tick(BID + 15, ASK + 21)
    assert desk.peer.held == {}
    assert desk.cell().reason is Reason.LOSS


MANUAL_DEALS = replace(SETTINGS, deals=DealRules(DealMode.MANUAL, ticket_ns=NS_PER_SECOND))


def test_a_ticket_waits_for_the_trader() -> None:
    desk = live(MANUAL_DEALS)
    (ticket,) = of(TicketOpened, desk.do(deal(ASK)))
    assert isinstance(ticket, TicketOpened)
    desk.wait(NS_PER_SECOND // 2)
    (look,) = of(LastLook, desk.do(TicketAnswered(PAIR, "d1", accepts=True, by="mary")))
    assert isinstance(look, LastLook)
    assert (look.is_accepted, look.by) == (True, "mary")
    assert look.decided_ns - look.requested_ns == NS_PER_SECOND // 2
    assert of(Refused, desk.do(TicketAnswered(PAIR, "d1", accepts=True, by="mary"))) != []


def test_a_ticket_that_nobody_answers_is_refused() -> None:
    desk = live(MANUAL_DEALS)
    desk.do(deal(ASK))
    (look,) = of(LastLook, desk.wait(NS_PER_SECOND))
    assert isinstance(look, LastLook)
    assert (look.is_accepted, look.reason) == (False, Reason.TIMED_OUT)


def test_a_ticket_may_be_answered_with_another_price() -> None:
    desk = live(MANUAL_DEALS)
    desk.do(deal(ASK))
    look, answer = desk.do(TicketAnswered(PAIR, "d1", accepts=False, by="mary", ask=ASK + 5))
    assert isinstance(look, LastLook)
    assert isinstance(answer, PriceAnswered)
    assert (look.is_accepted, answer.ask, answer.by) == (False, ASK + 5, "mary")


def test_what_waits_for_a_trader_counts_against_the_limit() -> None:
    desk = live(replace(MANUAL_DEALS, limit=Limit(net_max=17 * SIZE)))
    desk.do(deal(ASK))
    assert {side for _, side, _ in desk.peer.held} == {Side.BID}


def test_a_request_for_a_price_is_answered_for_its_size() -> None:
    desk = live()
    (answer,) = desk.do(PriceRequested(PAIR, "r1", 10 * SIZE))
    assert isinstance(answer, PriceAnswered)
    assert (answer.bid, answer.ask) == (BID - 2, ASK + 2)
    (answer,) = desk.do(PriceRequested(PAIR, "r1", 99 * SIZE))
    assert isinstance(answer, PriceAnswered)
    assert answer.reason is Reason.NOT_QUOTED
