"""What of a decision is worth a row."""

from collections.abc import Sequence

from quoting.domain.cell import Gesture
from quoting.domain.effects import Decision
from quoting.domain.events import (
    Acknowledged,
    ChannelUp,
    Configure,
    DealRequested,
    Enable,
    Event,
    Feed,
    Halt,
    PriceRequested,
    Release,
    Resize,
    StopAll,
    Tick,
    TicketAnswered,
    Timer,
    Touch,
)
from quoting.domain.facts import (
    Acted,
    Answered,
    Decided,
    Fact,
    NotBelieved,
    Published,
    RequestAnswered,
    Requested,
    RunBegan,
    Withdrawn,
    facts_of,
)
from quoting.domain.words import Side
from tests.quoting.domain.desk import ASK, BID, CHANNEL, PAIR, SIZE, Desk, live


def after(desk: Desk, event: Event) -> list[Fact]:
    return list(facts_of(desk.book.decide(event, desk.now_ns)))


def of(kind: type, found: Sequence[Fact]) -> list[Fact]:
    return [each for each in found if isinstance(each, kind)]


def test_a_price_that_is_sent_is_told_with_the_market_it_was_made_from() -> None:
    desk = live()
    tick = Tick(PAIR, "CMDSB", "BCHO", ((BID + 1, 0),), ((ASK + 1, 0),))
    found = of(Published, after(desk, tick))
    assert len(found) == 8
    first = found[0]
    assert isinstance(first, Published)
    assert (first.pair, first.channel, first.side, first.level) == (PAIR, CHANNEL, "bid", 0)
    assert (first.price, first.size, first.market) == (BID + 1, SIZE, BID + 1)


def test_a_manual_price_has_no_market() -> None:
    desk = live()
    desk.touch(Gesture.DOUBLE_CLICK)
    found = after(desk, Touch(PAIR, Gesture.ENTER, Side.BID, 0, BID - 1, "mary"))
    assert [each.market for each in found if isinstance(each, Published) and not each.level] == [
        None
    ]
    assert found[0] == Acted(PAIR, "mary", "enter", "bid", 0, BID - 1)


def test_a_stop_is_told_by_who_gave_it_and_by_what_was_taken_back() -> None:
    found = after(live(), Touch(PAIR, Gesture.STOP, Side.ASK, 1, by="mary"))
    assert found[0] == Acted(PAIR, "mary", "stop", "ask", 1)
    taken = of(Withdrawn, found)
    assert [(each.side, each.level, each.reason) for each in taken] == [("ask", 1, "stopped")]  # type: ignore[union-attr]  # of this kind


def test_stop_all_is_one_withdrawal_of_everything_on_the_channel() -> None:
    found = after(live(), StopAll(by="mary"))
    assert found[0] == Acted("", "mary", "stop_all", reason="stopped")
    assert [each for each in of(Withdrawn, found) if not each.pair] == [  # type: ignore[union-attr]  # of this kind
        Withdrawn("", CHANNEL, 3, "", None, "stopped")
    ]


def test_a_refused_gesture_is_told_with_its_reason_and_the_limit() -> None:
    desk = live()
    desk.touch(Gesture.DOUBLE_CLICK)
    found = after(desk, Touch(PAIR, Gesture.ENTER, Side.BID, 0, ASK + 5, "mary"))
    refused = Acted(PAIR, "mary", "enter", "bid", 0, ASK + 5, is_refused=True, reason="crossed")
    assert found == [refused]


def test_a_gesture_that_some_cells_follow_is_not_refused() -> None:
    desk = live()
    acted = after(desk, Touch(PAIR, Gesture.STOP, by="mary"))[0]
    assert isinstance(acted, Acted)
    assert not acted.is_refused


def test_gestures_of_people_are_told_by_their_names() -> None:
    desk = live()
    events: list[Event] = [
        Feed(PAIR, "CMDSB", "mary"),
        Resize(PAIR, 4, 2 * SIZE, "mary"),
        Enable(PAIR, "CMDSB", "BCHO", is_enabled=False, by="mary"),
        Enable(PAIR, "CMDSB", "BCHO", is_enabled=True, by="mary"),
        Halt(PAIR, by="risk"),
        Release(PAIR, "mary", "talked about"),
        TicketAnswered(PAIR, "T1", accepts=True, by="mary"),
        Configure(desk.settings, "admin"),
    ]
    acts = [fact.act for event in events for fact in after(desk, event) if isinstance(fact, Acted)]
    assert acts == [
        "feed", "resize", "disable", "enable", "halt", "release", "accept", "configure",
    ]  # fmt: skip


def test_a_request_for_a_price_and_its_answer_are_told() -> None:
    found = after(live(), PriceRequested(PAIR, "R1", SIZE, "BANKX"))
    assert found == [
        Requested(PAIR, "R1", "BANKX", SIZE),
        RequestAnswered(PAIR, "R1", BID, ASK, "", ""),
    ]


def test_a_deal_is_told_as_it_was_decided() -> None:
    desk = live()
    (found,) = of(Decided, after(desk, DealRequested(PAIR, "D1", Side.BID, BID, SIZE, "BANKX")))
    assert isinstance(found, Decided)
    assert found.is_accepted
    assert found[:6] == (PAIR, "D1", "BANKX", "bid", SIZE, BID)
    assert found[7:] == ("", desk.now_ns, BID, BID, 0, "")


def test_an_answer_of_the_channel_is_told_by_the_number_of_the_quote() -> None:
    assert after(live(), Acknowledged(CHANNEL, 2)) == [Answered(CHANNEL, 2, "acknowledged")]


def test_a_price_that_is_not_believed_is_told_with_its_test() -> None:
    found = of(NotBelieved, after(live(), Tick(PAIR, "CMDSB", "BCHO", ((ASK, 0),), ((BID, 0),))))
    assert [(each.rule, each.bid, each.ask) for each in found] == [("crossed", ASK, BID)]  # type: ignore[union-attr]  # of this kind


def test_the_first_line_of_a_run_is_told_and_settings_later_are_no_run() -> None:
    configure = Configure(live().settings)
    assert list(facts_of(Decision(0, 1, configure, []))) == [
        RunBegan(), Acted("", "", "configure"),
    ]  # fmt: skip
    assert of(RunBegan, list(facts_of(Decision(7, 1, configure, [])))) == []


def test_a_dealers_own_price_is_a_gesture_of_the_dealer() -> None:
    tick = Tick(PAIR, "OWN", "mary", ((BID, 0),), ((ASK, 0),))
    found = list(facts_of(Decision(5, 1, tick, []), frozenset(("OWN",))))
    assert found == [Acted(PAIR, "mary", "type", value=BID, bound=ASK, text="OWN")]


def test_ticks_timers_and_sessions_are_worth_no_row() -> None:
    desk = live()
    quiet: list[Event] = [
        Tick(PAIR, "CMDSB", "BCHO", ((BID, 0),), ((ASK, 0),)),
        Timer(),
    ]
    assert [after(desk, event) for event in quiet] == [[], []]
    assert of(Acted, after(desk, ChannelUp(CHANNEL))) == []
