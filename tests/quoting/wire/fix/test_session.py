"""One acceptor and what it answers: a case each of what sessions are usually certified by."""

from dataclasses import replace
from typing import Any

import pytest

from quoting.wire.fix import messages as fix
from quoting.wire.fix.session import GARBAGE_BYTES_MAX, NotLoggedOn
from quoting.wire.fix.steps import (
    TRANSITIONS,
    Close,
    Ending,
    IllegalTurn,
    LoggedOn,
    PeerRefused,
    Received,
    Refused,
    State,
    Turn,
    after,
)
from quoting.wire.fix.values import RejectReason, timestamp_text
from riskgw.kernel.times import NS_PER_SECOND
from tests.quoting.wire.fix.wire import ACCEPTING, CODEC, INITIATING, Lone, Side, Wire
from tests.quoting.wire.fix.words import AT_NS, mass_quote, raw

LOGON = "98=0|108=30|"
EARLIER = timestamp_text(AT_NS - NS_PER_SECOND)
REQUEST = "131=RQ|146=1|55=USD.CNY|"


def refusal(answer: Any) -> tuple[int, int | None, int | None]:
    assert isinstance(answer, fix.Reject)
    return answer.number, answer.field_tag, answer.reason


# Logon


def test_a_logon_is_answered_with_one() -> None:
    lone = Lone(logged_on=False)
    assert lone.answer(raw("A", LOGON)) == fix.Logon(0, 30)
    assert lone.side.of(LoggedOn) == [LoggedOn(30, is_reset=False)]
    assert lone.expects == 2


@pytest.mark.parametrize(
    ("first", "ending"),
    [
        (raw("0"), Ending.NOT_A_LOGON),
        (raw("5"), Ending.NOT_A_LOGON),
        (raw("A", LOGON, sender="STRANGER"), Ending.WRONG_COMP_ID),
        (raw("A", LOGON, target="STRANGER"), Ending.WRONG_COMP_ID),
    ],
)
def test_strangers_get_no_answer(first: bytes, ending: Ending) -> None:
    lone = Lone(logged_on=False)
    assert lone.hears(first) == []
    assert lone.side.ending == ending


@pytest.mark.parametrize(
    ("first", "ending"),
    [
        (raw("A", "98=1|108=30|"), Ending.BAD_LOGON),
        (raw("A", "98=0|108=-1|"), Ending.BAD_LOGON),
        (raw("A", "98=0|108=3601|"), Ending.BAD_LOGON),
        (raw("A", "98=0|"), Ending.BAD_LOGON),
        (raw("A", LOGON, at="20260304-02:00:00"), Ending.BAD_LOGON),
        (raw("A", LOGON, at="yesterday"), Ending.BAD_LOGON),
    ],
)
def test_a_logon_that_cannot_be_taken_is_answered_with_the_reason(
    first: bytes, ending: Ending
) -> None:
    lone = Lone(logged_on=False)
    assert lone.hears(first) == ["5"]
    assert lone.side.ending == ending
    assert not lone.side.of(LoggedOn)


@pytest.mark.parametrize("logged_on", [False, True])
def test_another_version_of_fix_is_logged_out(logged_on: bool) -> None:  # a case
    lone = Lone(logged_on=logged_on)
    old = b"8=FIX.4.2" + raw("A", LOGON)[len(b"8=FIX.4.4") : -7]
    message = old + b"10=%03d\x01" % (sum(old) & 255)
    assert lone.hears(message) == ["5"]
    assert lone.side.ending == Ending.WRONG_BEGIN_STRING


@pytest.mark.parametrize(
    ("also", "is_taken"),
    [("553=us|554=right|", True), ("553=us|554=wrong|", False), ("553=us|", False), ("", False)],
)
def test_a_password_is_asked_for_where_there_is_one(
    also: str,
    is_taken: bool,  # a case
) -> None:
    lone = Lone(logged_on=False, username="us", password="right")
    assert lone.hears(raw("A", LOGON + also)) == ["A" if is_taken else "5"]
    assert bool(lone.side.of(LoggedOn)) is is_taken


def test_an_initiator_sends_its_password() -> None:
    far = Side(replace(ACCEPTING, username="us", password="right"))
    Wire(Side(replace(INITIATING, username="us", password="right")), far).connect()
    assert far.of(LoggedOn)


def test_a_logon_resets_both_numbers() -> None:
    lone = Lone()
    lone.side.take(lone.side.session.send(mass_quote(), AT_NS))
    lone.side.session.lost()
    lone.side.take(lone.side.session.connected(AT_NS))
    lone.answers()
    (data,) = lone.answers(raw("A", LOGON + "141=Y|"))
    assert CODEC.open(data).number == 1
    assert CODEC.read(CODEC.open(data)) == fix.Logon(0, 30, is_reset=True)
    assert (lone.expects, lone.side.store.next_sent) == (2, 2)


def test_a_logon_in_mid_session_resets_both_numbers() -> None:
    lone = Lone()
    assert lone.hears(raw("A", LOGON + "141=Y|")) == ["A"]
    assert (lone.expects, lone.side.store.next_sent) == (2, 2)
    assert lone.hears(raw("A", LOGON, number=2)) == ["5"]


def test_a_logon_whose_number_is_too_high_is_taken_and_the_rest_asked_for() -> None:
    lone = Lone(logged_on=False)
    logon, request = lone.answers(raw("A", LOGON, number=5))
    assert CODEC.open(logon).type == "A"
    assert CODEC.read(CODEC.open(request)) == fix.ResendRequest(1, 0)
    assert lone.expects == 1


def test_a_logon_whose_number_is_too_low_is_refused() -> None:
    lone = Lone()
    lone.side.session.lost()
    lone.side.take(lone.side.session.connected(AT_NS))
    assert lone.hears(raw("A", LOGON, number=1)) == ["5"]
    assert lone.side.ending == Ending.NUMBER_TOO_LOW


def test_nothing_is_sent_before_the_logon() -> None:
    lone = Lone(logged_on=False)
    with pytest.raises(NotLoggedOn):
        lone.side.session.send(mass_quote(), AT_NS)


# Numbers


def test_messages_are_handed_on_in_their_order() -> None:
    lone = Lone()
    assert lone.hears(raw("R", REQUEST, number=2), raw("R", REQUEST, number=3)) == []
    assert [step.number for step in lone.side.of(Received)] == [2, 3]
    assert lone.side.received[0] == fix.QuoteRequest("RQ", (fix.RequestedPair("USD.CNY"),))


def test_a_gap_is_asked_for_once() -> None:
    lone = Lone()
    gap = [raw("R", REQUEST, number=number) for number in (4, 5, 6)]
    assert lone.answer(*gap) == fix.ResendRequest(2, 0)
    assert lone.side.received == []
    also = f"43=Y|122={EARLIER}|"
    assert lone.hears(*(raw("R", REQUEST, number=n, also=also) for n in (2, 3, 4, 5, 6))) == []
    assert [step.number for step in lone.side.of(Received)] == [2, 3, 4, 5, 6]
    assert lone.answer(raw("R", REQUEST, number=8)) == fix.ResendRequest(7, 0)


def test_a_number_that_is_too_low_ends_the_session() -> None:
    lone = Lone()
    assert lone.hears(raw("0", number=1)) == ["5"]
    assert lone.side.ending == Ending.NUMBER_TOO_LOW
    assert lone.expects == 2


def test_what_may_be_double_and_was_taken_is_passed_over() -> None:
    lone = Lone()
    lone.hears(raw("R", REQUEST, number=2))
    assert lone.hears(raw("R", REQUEST, number=2, also=f"43=Y|122={EARLIER}|")) == []
    assert len(lone.side.received) == 1
    assert lone.expects == 3


def test_what_may_have_been_said_under_another_number_is_handed_on_as_such() -> None:
    lone = Lone()
    lone.hears(raw("R", REQUEST, number=2, also="97=Y|"), raw("R", REQUEST, number=3))
    assert [step.is_possibly_double for step in lone.side.of(Received)] == [True, False]


def test_what_may_be_double_must_say_when_it_was_sent_first() -> None:
    lone = Lone()
    answer = lone.answer(raw("R", REQUEST, number=2, also="43=Y|"))
    assert refusal(answer) == (2, 122, RejectReason.REQUIRED_TAG_MISSING)
    assert lone.side.received == []
    assert lone.expects == 3


def test_what_was_sent_first_after_it_was_sent_again_ends_the_session() -> None:
    lone = Lone()
    later = timestamp_text(AT_NS + NS_PER_SECOND)
    assert lone.hears(raw("R", REQUEST, number=2, also=f"43=Y|122={later}|")) == ["3", "5"]
    assert lone.side.ending == Ending.SENDING_TIME


def test_a_message_without_number_ends_the_session() -> None:
    lone = Lone()
    message = raw("0", number=2).replace(b"34=2", b"57=2")
    total = sum(message[:-7]) & 255
    assert lone.hears(message[:-7] + b"10=%03d\x01" % total) == ["5"]
    assert lone.side.ending == Ending.NO_NUMBER


# Header


@pytest.mark.parametrize("kind", ["0", ""])
def test_another_comp_id_ends_the_session(kind: str) -> None:
    lone = Lone()
    assert lone.hears(raw(kind, number=2, sender="STRANGER")) == ["3", "5"]
    assert lone.side.ending == Ending.WRONG_COMP_ID


@pytest.mark.parametrize(("seconds", "answers"), [(119, []), (121, ["3", "5"]), (-121, ["3", "5"])])
def test_a_peer_whose_clock_is_wrong_is_logged_out(seconds: int, answers: list[str]) -> None:
    lone = Lone()
    at = timestamp_text(AT_NS - seconds * NS_PER_SECOND)
    assert lone.hears(raw("0", number=2, at=at)) == answers
    assert lone.side.ending == (Ending.SENDING_TIME if answers else None)


def test_a_message_that_does_not_say_when_it_was_sent_is_refused() -> None:
    lone = Lone()
    message = raw("0", number=2).replace(b"\x0152=", b"\x0150=")
    message = message[:-7] + b"10=%03d\x01" % (sum(message[:-7]) & 255)
    assert refusal(lone.answer(message)) == (2, 52, RejectReason.REQUIRED_TAG_MISSING)
    assert lone.expects == 3


# What is refused


@pytest.mark.parametrize(
    ("kind", "body", "reason"),
    [
        ("R", "146=1|55=P|", RejectReason.REQUIRED_TAG_MISSING),
        ("R", "131=|146=1|55=P|", RejectReason.TAG_WITHOUT_VALUE),
        ("R", "131=R|146=2|55=P|", RejectReason.INCORRECT_GROUP_COUNT),
        ("R", "131=R|131=R|146=1|55=P|", RejectReason.TAG_MORE_THAN_ONCE),
        ("R", "131=R|146=1|55=P|49=X|", RejectReason.TAG_OUT_OF_ORDER),
        ("R", "131=R|146=x|55=P|", RejectReason.INCORRECT_DATA_FORMAT),
        ("Z", "117=C|298=7|", RejectReason.VALUE_INCORRECT),
        ("ZZ", "", RejectReason.INVALID_MSG_TYPE),
    ],
)
def test_a_bad_message_is_refused_and_the_session_goes_on(
    kind: str, body: str, reason: RejectReason
) -> None:
    lone = Lone()
    answer = lone.answer(raw(kind, body, number=2))
    assert refusal(answer)[::2] == (2, reason)
    assert [step.number for step in lone.side.of(Refused)] == [2]
    assert lone.hears(raw("1", "112=T|", number=3)) == ["0"]


def test_a_message_that_the_profile_lacks_is_refused_as_business() -> None:
    lone = Lone()
    answer = lone.answer(raw("AE", "571=x|", number=2))
    assert answer == fix.BusinessReject("AE", 3, 2, text="not in the profile")
    assert lone.expects == 3


def test_what_the_peer_refuses_is_told() -> None:
    lone = Lone()
    assert lone.hears(raw("3", "45=7|58=no|", number=2)) == []
    assert lone.side.of(PeerRefused) == [PeerRefused(fix.Reject(7, text="no"))]


def test_garbage_is_told_and_costs_no_number() -> None:
    lone = Lone()
    broken = raw("R", REQUEST, number=2).replace(b"USD", b"USX")
    assert lone.hears(b"\xff\x00garbage" + broken) == []
    assert sum(each.size for each in lone.garbage) == len(broken) + 9
    assert lone.hears(raw("1", "112=T|", number=2)) == ["0"]


def test_a_message_whose_type_is_not_third_is_garbage() -> None:
    lone = Lone()
    message = raw("0", number=2).replace(b"35=0\x0134=2\x01", b"34=2\x0135=0\x01")
    assert lone.hears(message) == []
    assert len(lone.garbage) == 1
    assert lone.expects == 2


def test_nothing_but_garbage_ends_the_session() -> None:
    lone = Lone()
    lone.hears(b"z" * GARBAGE_BYTES_MAX)
    assert lone.side.ending is None
    lone.hears(b"z")
    assert lone.side.ending == Ending.GARBAGE


# Session messages


def test_a_test_request_is_answered_with_its_word() -> None:
    assert Lone().answer(raw("1", "112=hello|", number=2)) == fix.Heartbeat("hello")


def test_a_logout_is_answered_and_ends_the_session() -> None:
    lone = Lone()
    assert lone.hears(raw("5", "58=bye|", number=2)) == ["5"]
    assert lone.side.of(Close) == [Close(Ending.LOGOUT, "bye")]
    assert lone.expects == 3


def test_a_logout_beyond_a_gap_is_answered_all_the_same() -> None:
    lone = Lone()
    assert lone.hears(raw("5", number=9)) == ["5"]
    assert lone.expects == 2


def test_a_resend_request_beyond_a_gap_is_answered_before_ours_is_sent() -> None:
    lone = Lone()
    lone.side.take(lone.side.session.send(mass_quote(), AT_NS))
    lone.answers()
    assert lone.hears(raw("2", "7=1|16=0|", number=5)) == ["4", "i", "2"]


@pytest.mark.parametrize("last", [0, 4, 99])
def test_what_is_asked_for_goes_out_again_and_the_rest_is_jumped_over(last: int) -> None:
    lone = Lone()
    lone.hears(raw("1", "112=T|", number=2))
    lone.side.take(lone.side.session.send(mass_quote("Q1"), AT_NS))
    lone.side.take(lone.side.session.send(mass_quote("Q2"), AT_NS))
    lone.answers()
    answers = lone.answers(raw("2", f"7=1|16={last}|", number=3))
    headers = [CODEC.open(data) for data in answers]
    assert [(each.number, each.type) for each in headers] == [(1, "4"), (3, "i"), (4, "i")]
    assert all(each.is_possibly_double and "122" in each.header for each in headers)
    assert CODEC.read(headers[0]) == fix.SequenceReset(3, is_gap_fill=True)
    assert CODEC.read(headers[2]) == mass_quote("Q2")
    assert lone.side.store.next_sent == 5


def test_prices_are_jumped_over_where_the_settings_say_so() -> None:
    lone = Lone(never_resent=frozenset("i"))
    lone.side.take(lone.side.session.send(mass_quote(), AT_NS))
    lone.side.take(lone.side.session.send(fix.QuoteCancel("C", "4"), AT_NS))
    lone.answers()
    assert lone.hears(raw("2", "7=1|16=0|", number=2)) == ["4", "Z"]


def test_the_same_asked_for_again_and_again_ends_the_session() -> None:
    lone = Lone()
    for number in range(2, 12):
        assert lone.hears(raw("2", "7=1|16=0|", number=number)) == ["4"]
    assert lone.hears(raw("2", "7=1|16=0|", number=12)) == ["5"]
    assert lone.side.ending == Ending.ASKED_TOO_OFTEN


def test_a_gap_fill_moves_the_number_on() -> None:
    lone = Lone()
    assert lone.hears(raw("4", "123=Y|36=20|", number=2)) == []
    assert lone.expects == 20


def test_a_gap_fill_beyond_a_gap_is_no_reason_to_jump() -> None:
    lone = Lone()
    assert lone.hears(raw("4", "123=Y|36=20|", number=3)) == ["2"]
    assert lone.expects == 2


@pytest.mark.parametrize("next_number", [1, 2])
def test_a_gap_fill_backwards_is_refused(next_number: int) -> None:
    lone = Lone()
    answer = lone.answer(raw("4", f"123=Y|36={next_number}|", number=2))
    assert refusal(answer) == (2, 36, RejectReason.VALUE_INCORRECT)
    assert lone.expects == 3


@pytest.mark.parametrize("flag", ["", "123=N|"])
@pytest.mark.parametrize("number", [1, 2, 50])
def test_a_reset_counts_whatever_its_own_number_is(flag: str, number: int) -> None:
    lone = Lone()
    assert lone.hears(raw("4", f"{flag}36=20|", number=number)) == []
    assert lone.expects == 20


def test_a_reset_backwards_is_refused_and_changes_nothing() -> None:
    lone = Lone()
    lone.hears(raw("4", "36=20|", number=2))
    answer = lone.answer(raw("4", "36=10|", number=20))
    assert refusal(answer) == (20, 36, RejectReason.VALUE_INCORRECT)


def test_every_move_of_a_session_is_in_the_table() -> None:
    for state in State:
        for turn in Turn:
            if (state, turn) in TRANSITIONS:
                assert after(state, turn) is not state
            else:
                with pytest.raises(IllegalTurn):
                    after(state, turn)
