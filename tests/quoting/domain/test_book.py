"""The book of pairs: scopes of stops, links, timers, limits, deals, and what is told of them."""

from collections.abc import Iterator

from msgspec.structs import replace

from quoting.domain.auto_stop import StopRules
from quoting.domain.cell import Gesture, Phase
from quoting.domain.effects import (
    Moved,
    Quote,
    Refused,
    Stopped,
    WithdrawAll,
    WithdrawPair,
)
from quoting.domain.events import (
    Alive,
    ChannelDown,
    ChannelUp,
    Event,
    Halt,
    Heard,
    Instruct,
    Release,
    SourceDown,
    StopAll,
    Tick,
    Timer,
    Touch,
)
from quoting.domain.ladder import Level
from quoting.domain.publication import Standing
from quoting.domain.settings import (
    ChannelSettings,
    TraderSettings,
    Ttls,
)
from quoting.domain.spread import Addend
from quoting.domain.words import SIDES, Reason, Side
from riskgw.kernel.times import NS_PER_MS, NS_PER_SECOND
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
    two_pairs,
)

# start and stop


def test_start_all_is_one_message_with_every_cell_and_its_addends() -> None:
    desk = Desk(SETTINGS).up()
    desk.tick(BID, ASK)
    (quote,) = of(Quote, desk.start_all())
    assert isinstance(quote, Quote)
    assert len(quote.entries) == 8
    last = quote.entries[-1]
    assert (last.side, last.level, last.price, last.market) == (Side.ASK, 3, ASK + 2, ASK)
    assert last.addends[Addend.TIER] == 2


def test_stop_all_of_a_pair_is_one_withdrawal_and_does_not_reach_beyond_it() -> None:
    desk = two_pairs()
    effects = desk.touch(Gesture.STOP, None, None)
    assert [type(e) for e in effects if not isinstance(e, Moved)] == [WithdrawPair]
    assert {key[0] for key in desk.peer.held} == {OTHER}


def test_start_all_never_reaches_beyond_the_pair() -> None:
    desk = Desk(SETTINGS, replace(SETTINGS, pair=OTHER)).up()
    for pair in (PAIR, OTHER):
        desk.do(Tick(pair, "CMDSB", "BCHO", ((BID, SIZE),), ((ASK, SIZE),)))
    desk.start_all()
    assert {key[0] for key in desk.peer.held} == {PAIR}


def test_stop_of_the_whole_book_withdraws_before_anything_else() -> None:
    desk = two_pairs()
    effects = desk.do(StopAll())
    assert isinstance(effects[0], WithdrawAll)
    assert len(of(Moved, effects)) == 16
    assert of(Quote, effects) == of(WithdrawPair, effects) == []
    assert desk.peer.held == {}


def test_stop_of_a_traders_book_leaves_others_alone() -> None:
    desk = two_pairs(trader="john")
    effects = desk.do(StopAll("mary"))
    assert isinstance(effects[0], WithdrawPair)
    assert {key[0] for key in desk.peer.held} == {OTHER}


def test_a_side_and_a_level_can_be_paused_as_a_whole() -> None:
    desk = live()
    desk.touch(Gesture.STOP, Side.BID, None)
    assert {side for _, side, _ in desk.peer.held} == {Side.ASK}
    desk.touch(Gesture.STOP, None, 2)
    assert {level for _, _, level in desk.peer.held} == {0, 1, 3}


def test_withdrawals_go_before_prices() -> None:
    desk = live(replace(SETTINGS, price_low=BID - 2))
    # The last bid is out of bounds when the market falls by a tick; the others follow it.
    effects = desk.tick(BID - 1, ASK)
    quotes = of(Quote, effects)
    assert [quote.is_withdrawal for quote in quotes] == [True, False]  # type: ignore[attr-defined]  # quotes


# the channel


def test_nothing_is_live_before_it_is_confirmed() -> None:
    desk = Desk(SETTINGS).up()
    desk.answers = False
    desk.tick(BID, ASK)
    desk.touch(Gesture.START)
    assert desk.cell().publication.standing is Standing.PENDING
    desk.acknowledge()
    assert desk.cell().publication.standing is Standing.LIVE
    desk.touch(Gesture.STOP)
    assert desk.cell().publication.standing is Standing.WITHDRAWING
    desk.acknowledge()
    assert desk.cell().publication.standing is Standing.NONE


def test_without_an_answer_a_cell_is_unknown_and_sent_again() -> None:
    desk = Desk(SETTINGS).up()
    desk.answers = False
    desk.do(Tick(PAIR, "CMDSB", "BCHO", ((BID, 0),), ((ASK, 0),)))
    desk.touch(Gesture.START)
    desk.do(Heard("CMDSB"))
    assert desk.wait(NS_PER_SECOND - 1) == []
    (again,) = desk.wait(1)
    assert isinstance(again, Quote)
    assert desk.cell().publication.standing is Standing.UNKNOWN
    desk.pending = desk.pending[-1:]
    desk.acknowledge()
    assert desk.cell().publication.standing is Standing.LIVE


def test_a_refused_price_is_withdrawn_and_not_offered_again() -> None:
    desk = Desk(SETTINGS).up()
    desk.answers = False
    desk.tick(BID, ASK)
    desk.touch(Gesture.START)
    desk.reject()
    (withdrawal,) = desk.effects
    assert isinstance(withdrawal, Quote)
    assert withdrawal.is_withdrawal
    desk.acknowledge()
    assert desk.tick(BID, ASK) == []
    assert len(of(Quote, desk.tick(BID + 1, ASK))) == 1


def test_a_change_that_may_be_refused_does_not_leave_an_old_price_crossed() -> None:
    desk = Desk(SETTINGS).up()
    desk.tick(BID, ASK)
    for side in SIDES:
        desk.touch(Gesture.START, side)
    desk.answers = False
    desk.tick(BID + 10, ASK + 10)
    # The bid passes the ask before; whether the ask's change was taken is not known yet.
    (quote,) = desk.tick(BID + 14, ASK + 10)
    assert isinstance(quote, Quote)
    assert {entry.side for entry in quote.entries} == {Side.BID, Side.ASK}
    (quote,) = desk.tick(BID + 14, ASK + 12)
    assert isinstance(quote, Quote)
    assert {entry.side for entry in quote.entries} == {Side.ASK}


def test_a_link_that_is_lost_leaves_everything_unknown_until_it_was_reconciled() -> None:
    desk = live()
    desk.do(ChannelDown(CHANNEL))
    assert desk.cell().publication.standing is Standing.UNKNOWN
    assert desk.tick(BID + 1, ASK) == []
    effects = desk.do(ChannelUp(CHANNEL))
    assert [type(e) for e in effects] == [WithdrawAll, Quote]
    assert (desk.held(), desk.cell().publication.standing) == (BID + 1, Standing.LIVE)


def test_a_manual_price_comes_back_with_the_link_only_while_it_lives() -> None:
    desk = live(replace(SETTINGS, ttls=Ttls(source_ns=0, manual_ns=NS_PER_SECOND)))
    desk.touch(Gesture.DOUBLE_CLICK)
    desk.touch(Gesture.ENTER, value=BID - 1)
    desk.do(ChannelDown(CHANNEL))
    desk.wait(NS_PER_SECOND)
    desk.do(ChannelUp(CHANNEL))
    assert desk.held() is None
    assert desk.held(Side.ASK) == ASK


def test_prices_are_conflated_while_there_is_no_room_withdrawals_never_wait() -> None:
    channel = ChannelSettings(CHANNEL, per_second=10)
    desk = live(SETTINGS, channel=channel)
    for step in range(1, 6):
        assert desk.tick(BID + step, ASK + step) == []
    assert desk.held() == BID
    assert len(of(Quote, desk.touch(Gesture.STOP, Side.ASK, 0))) == 1
    assert desk.held(Side.ASK) is None
    (quote,) = of(Quote, desk.wait(100 * NS_PER_MS))
    assert isinstance(quote, Quote)
    assert len(quote.entries) == 7
    assert desk.held() == BID + 5


def test_a_busy_pair_does_not_keep_another_from_the_channel() -> None:
    other = replace(SETTINGS, pair=OTHER)
    desk = Desk(SETTINGS, other, channel=ChannelSettings(CHANNEL, per_second=10)).up()
    for pair in (PAIR, OTHER):
        desk.do(Tick(pair, "CMDSB", "BCHO", ((BID, SIZE),), ((ASK, SIZE),)))
        desk.do(Touch(pair, Gesture.START))
    sent = []
    for step in range(100):
        desk.tick(BID + step % 7, ASK + 9)
        sent += of(Quote, desk.effects)
        sent += of(Quote, desk.wait(10 * NS_PER_MS))
    assert OTHER in {quote.pair for quote in sent}  # type: ignore[attr-defined]  # quotes
    assert len(sent) <= 11


def test_small_changes_wait_until_one_price_moved_far_enough() -> None:
    desk = live(replace(SETTINGS, change_min=3))
    assert desk.tick(BID + 2, ASK) == []
    effects = desk.tick(BID + 2, ASK + 3)
    (quote,) = effects
    assert isinstance(quote, Quote)
    assert len(quote.entries) == 8


# time


def test_a_heartbeat_keeps_a_quiet_market_alive_but_does_not_revive_it() -> None:
    desk = live()
    for _ in range(3):
        desk.wait(3 * NS_PER_SECOND)
        desk.do(Heard("CMDSB"))
    assert desk.held() == BID
    desk.wait(4 * NS_PER_SECOND)
    assert desk.peer.held == {}
    desk.do(Heard("CMDSB"))
    assert desk.peer.held == {}
    desk.tick(BID, ASK)
    assert len(desk.peer.held) == 8


def test_a_timer_that_is_late_does_not_keep_stale_prices_alive() -> None:
    desk = live()
    desk.do(Tick(OTHER, "CMDSB", "BCHO", (), ()))
    desk.tick(BID, ASK, provider="ICBC", after_ns=3 * NS_PER_SECOND)
    desk.tick(BID - 4, ASK, provider="ICBC", after_ns=2 * NS_PER_SECOND)
    assert desk.held() == BID - 4  # the first provider is stale by now


def test_the_death_of_the_best_provider_moves_the_price_in_one_step() -> None:
    settings = replace(SETTINGS, choices={"ALL": ("CMDSB", "REUTERS")})
    desk = live(settings)
    desk.tick(BID - 3, ASK + 1, source="REUTERS", provider="RIC")
    desk.do(SourceDown("CMDSB"))
    assert (desk.held(), desk.held(Side.ASK)) == (BID - 3, ASK + 1)


def test_a_trader_who_is_gone_stops_quoting() -> None:
    traders = (TraderSettings("mary", dead_man_ns=5 * NS_PER_SECOND),)
    desk = live(replace(SETTINGS, ttls=Ttls(source_ns=0)), traders=traders)
    desk.do(Alive("mary"))
    desk.wait(5 * NS_PER_SECOND - 1)
    assert len(desk.peer.held) == 8
    desk.wait(1)
    assert desk.peer.held == {}
    assert desk.cell().reason is Reason.DEAD_MAN


def test_a_clock_that_goes_back_stops_everything() -> None:
    desk = live()
    effects = desk.do(Timer(), after_ns=-2 * NS_PER_SECOND)
    assert desk.peer.held == {}
    (stopped,) = of(Stopped, effects)
    assert isinstance(stopped, Stopped)
    assert stopped.reason is Reason.CLOCK_JUMP


def test_a_strategys_word_moves_prices_for_its_time() -> None:
    desk = live()
    desk.do(Instruct(PAIR, "quant", -2, 3, desk.now_ns + NS_PER_SECOND))
    assert (desk.held(), desk.held(Side.ASK)) == (BID - 2, ASK + 3)
    desk.wait(NS_PER_SECOND)
    assert (desk.held(), desk.held(Side.ASK)) == (BID, ASK)


# stops that latch


def test_a_halt_withdraws_and_only_a_named_user_releases_it() -> None:
    desk = live()
    desk.do(Halt(PAIR, by="risk"))
    assert desk.peer.held == {}
    assert {type(e) for e in desk.start_all()} == {Refused}
    desk.do(Release(PAIR, "", "x"))
    assert {type(e) for e in desk.start_all()} == {Refused}
    desk.do(Release(PAIR, "risk", "the restriction is gone"))
    assert desk.peer.held == {}
    desk.start_all()
    assert len(desk.peer.held) == 8


def test_a_halt_of_all_pairs_withdraws_first() -> None:
    desk = two_pairs()
    effects = desk.do(Halt())
    assert isinstance(effects[0], WithdrawAll)
    assert desk.peer.held == {}
    assert len(of(Stopped, effects)) == 2


def test_rejects_in_a_burst_stop_the_pair() -> None:
    desk = live(replace(SETTINGS, stops=StopRules(rejects=3)))
    desk.answers = False
    for step in range(1, 4):
        desk.tick(BID + step, ASK)
        desk.pending = desk.pending[-1:]
        desk.reject()
    assert desk.cell().phase is Phase.AUTO_STOPPED
    assert desk.cell().reason is Reason.REJECT_BURST


def test_without_prices_for_too_long_quoting_stops() -> None:
    desk = live(replace(SETTINGS, stops=StopRules(feed_loss_ns=10 * NS_PER_SECOND)))
    desk.wait(13 * NS_PER_SECOND)
    assert desk.cell().reason is Reason.STALE
    desk.wait(1 * NS_PER_SECOND)
    assert (desk.cell().phase, desk.cell().reason) == (Phase.AUTO_STOPPED, Reason.FEED_LOSS)


def test_unknown_cells_and_sources_are_refused() -> None:
    desk = live()
    assert desk.touch(Gesture.START, Side.BID, 9) == [Refused(PAIR, "start", Reason.UNKNOWN_CELL)]


def every_event() -> Iterator[Event]:
    yield from (Timer(), Heard("X"), SourceDown("X"), Alive("nobody"), Halt("X"), StopAll("x"))
    yield from (Touch(PAIR, gesture, None, None, 1) for gesture in list(Gesture)[:10])


def test_a_desk_without_channel_or_prices_takes_everything_and_sends_nothing() -> None:
    desk = Desk(SETTINGS)
    for event in every_event():
        for effect in desk.do(event):
            assert type(effect) in (Refused, Moved) or "Opened" in type(effect).__name__
    assert all(desk.held(side, 0) is None for side in SIDES)


def test_a_new_level_is_what_it_was_made_with() -> None:
    desk = Desk(replace(SETTINGS, levels=(Level(0, 5),)))
    assert [cell.size for cell in desk.book.panels[PAIR].rows.all()] == [5, 5]
