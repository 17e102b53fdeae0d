"""Two sessions talk to each other: time passes, messages are lost, connections end."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoting.wire.fix.codec import sealed
from quoting.wire.fix.session import Session
from quoting.wire.fix.steps import Ending, Gap, LoggedOn, Received, State
from quoting.wire.fix.store import MemoryStore
from riskgw.kernel.times import NS_PER_SECOND
from tests.quoting.wire.fix.wire import ACCEPTING, CODEC, INITIATING, Side, Wire, wired
from tests.quoting.wire.fix.words import AT_NS, cancel_all, mass_quote


def test_both_are_logged_on_with_the_initiators_interval() -> None:
    wire = wired()
    assert [each.of(LoggedOn) for each in (wire.near, wire.far)] == [
        [LoggedOn(10, is_reset=False)],
        [LoggedOn(10, is_reset=False)],
    ]


def test_quiet_sides_send_a_heartbeat_an_interval() -> None:
    wire = wired()
    wire.wait(30.5)
    assert wire.sent("near") == "A 0 0 0"
    assert wire.sent("far") == "A 0 0 0"


def test_who_sends_messages_sends_no_heartbeats() -> None:
    wire = wired()
    for _ in range(10):
        wire.wait(3)
        wire.say(wire.far, cancel_all())
    assert "0" not in wire.sent("far")


def test_an_interval_of_zero_is_no_heartbeats() -> None:
    wire = wired(heartbeat_seconds=0)
    wire.wait(100)
    assert (wire.sent("near"), wire.sent("far")) == ("A", "A")
    assert wire.near.session.next_timer_ns is None


def test_a_silent_peer_is_tested_then_given_up() -> None:
    wire = wired()
    wire.loses = lambda data: CODEC.open(data).sender == "CHANNEL1"
    wire.wait(11.9)
    assert wire.sent("far") == "A 0"
    wire.wait(0.2)
    assert wire.sent("far") == "A 0 1"
    wire.wait(11.8)
    assert wire.far.ending is None
    wire.wait(0.2)
    assert wire.far.ending == Ending.SILENT


def test_an_answer_to_the_test_saves_the_session() -> None:
    wire = wired()
    wire.loses = lambda data: CODEC.open(data).type == "0" and b"\x01112=" not in data
    wire.wait(60)
    assert wire.near.ending is wire.far.ending is None
    assert "1" in wire.sent("far")


def test_a_process_that_slept_tests_before_it_gives_up() -> None:
    wire = wired()
    wire.at_ns += 3600 * NS_PER_SECOND
    wire.far.take(wire.far.session.tick(wire.at_ns))
    assert wire.far.ending is None
    assert [CODEC.open(data).type for data in wire.far.out] == ["1"]


def test_a_logon_that_nobody_answers_ends() -> None:
    side = Side(INITIATING)
    side.take(side.session.connected(AT_NS))
    side.take(side.session.tick(AT_NS + 10 * NS_PER_SECOND - 1))
    assert side.ending is None
    side.take(side.session.tick(AT_NS + 10 * NS_PER_SECOND))
    assert side.ending == Ending.NO_LOGON


def test_a_logout_is_waited_for() -> None:
    wire = wired()
    wire.near.take(wire.near.session.logout("done", wire.at_ns))
    wire.flow()
    assert wire.near.ending == wire.far.ending == Ending.LOGOUT
    silent = wired()
    silent.near.take(silent.near.session.logout("done", silent.at_ns))
    silent.loses = lambda _: True
    silent.wait(2)
    assert silent.near.ending == Ending.NO_LOGOUT


def test_a_refused_logon_says_why() -> None:
    wire = Wire(Side(replace(INITIATING, heartbeat_seconds=4000)), Side(ACCEPTING))
    wire.connect()
    assert wire.near.ending == Ending.LOGON_REFUSED
    assert wire.far.ending == Ending.BAD_LOGON


def test_lost_messages_are_asked_for_once_and_come_in_order() -> None:
    wire = wired()
    quotes = [mass_quote(f"Q{number}") for number in range(10)]
    lost = {b"\x01117=Q%d\x01" % number for number in (3, 4, 5)}

    def loses(data: bytes) -> bool:
        return b"\x0143=Y" not in data and any(each in data for each in lost)

    wire.loses = loses
    wire.say(wire.far, *quotes)
    wire.flow()
    assert wire.near.received == quotes
    assert wire.sent("near") == "A 2"
    assert wire.near.of(Gap) == [Gap(5, 8)]
    doubles = [step.is_possibly_double for step in wire.near.of(Received)]
    assert doubles == [False] * 3 + [True] * 7


def test_a_hole_in_the_answer_is_asked_for_again() -> None:
    wire = wired()
    quotes = [mass_quote(f"Q{number}") for number in range(6)]
    dropped = [b"\x01117=Q1\x01", b"\x01117=Q3\x01", b"\x01117=Q3\x01"]

    def loses(data: bytes) -> bool:
        for each in dropped:
            if each in data:
                dropped.remove(each)
                return True
        return False

    wire.loses = loses
    wire.say(wire.far, *quotes)
    wire.flow()
    assert wire.near.received == quotes


def test_an_answer_that_never_comes_is_asked_for_four_times_and_no_more() -> None:
    wire = wired()
    wire.loses = lambda data: CODEC.open(data).type in ("i", "4")
    wire.say(wire.far, mass_quote())
    wire.flow()
    wire.wait(60)
    assert wire.sent("near").count("2") == 4
    assert wire.near.ending == Ending.NOT_RESENT


def test_both_sides_may_miss_something() -> None:
    wire = wired()
    wire.loses = lambda _: True
    wire.say(wire.near, cancel_all("C1"))
    wire.say(wire.far, mass_quote("Q1"))
    wire.flow()
    wire.loses = lambda _: False
    wire.say(wire.near, cancel_all("C2"))
    wire.say(wire.far, mass_quote("Q2"))
    wire.flow()
    assert wire.far.received == [cancel_all("C1"), cancel_all("C2")]
    assert wire.near.received == [mass_quote("Q1"), mass_quote("Q2")]


def test_a_new_connection_goes_on_with_the_numbers_and_asks_for_what_was_lost() -> None:
    wire = wired()
    wire.loses = lambda _: True
    wire.say(wire.far, mass_quote("Q1"), mass_quote("Q2"))
    wire.flow()
    wire.hang_up()
    wire.loses = lambda _: False
    again = Wire(Side(INITIATING, wire.near.store), Side(ACCEPTING, wire.far.store))
    again.at_ns = wire.at_ns
    again.connect()
    assert again.near.received == [mass_quote("Q1"), mass_quote("Q2")]
    assert again.near.store.next_received == again.far.store.next_sent == 5


def test_an_initiator_may_begin_with_one_each_time() -> None:
    stores = MemoryStore(), MemoryStore()
    for _ in range(2):
        near = Side(replace(INITIATING, resets_on_logon=True), stores[0])
        wire = Wire(near, Side(ACCEPTING, stores[1]))
        wire.connect()
        wire.say(wire.far, mass_quote())
        wire.flow()
        assert wire.near.received == [mass_quote()]
        assert [store.next_sent for store in stores] == [2, 3]
        wire.hang_up()


def test_a_store_keeps_the_newest_only_and_the_rest_is_jumped_over() -> None:
    wire = Wire(Side(INITIATING), Side(ACCEPTING, MemoryStore(messages_max=2)))
    wire.connect()
    wire.loses = lambda _: True
    wire.say(wire.far, *(mass_quote(f"Q{number}") for number in range(5)))
    wire.flow()
    wire.loses = lambda _: False
    wire.say(wire.far, mass_quote("Q5"))
    wire.flow()
    assert wire.near.received == [mass_quote("Q4"), mass_quote("Q5")]


def test_a_store_keeps_no_more_bytes_than_it_may() -> None:
    store = MemoryStore(bytes_max=100)
    for number in range(1, 20):
        store.sent(number, b"x" * 30)
    assert [number for number, _ in store.kept(1, 99)] == [17, 18, 19]


@given(
    st.lists(st.tuples(st.sampled_from(["near", "far"]), st.booleans()), max_size=40),
    st.integers(0, 40),
)
@settings(max_examples=150, deadline=None)
def test_whatever_is_lost_once_everything_arrives_once_and_in_order(
    says: list[tuple[str, bool]], breaks_at: int
) -> None:
    wire = wired()
    said: dict[str, list[object]] = {"near": [], "far": []}
    for place, (name, is_lost) in enumerate(says):
        message = cancel_all(f"{name}{place}")
        said[name].append(message)
        wire.loses = lambda _, is_lost=is_lost: is_lost  # type: ignore[misc]  # bound at once
        wire.say(wire.near if name == "near" else wire.far, message)
        wire.flow()
        if place == breaks_at:
            wire.loses = lambda _: False
            wire.hang_up()
            wire.connect()
    wire.loses = lambda _: False
    wire.say(wire.near, cancel_all("last"))
    wire.say(wire.far, cancel_all("last"))
    wire.flow()
    wire.wait(60)
    assert wire.far.received == [*said["near"], cancel_all("last")]
    assert wire.near.received == [*said["far"], cancel_all("last")]
    assert wire.near.ending is wire.far.ending is None


@given(st.lists(st.binary(max_size=60) | st.sampled_from(["A", "0", "2", "4", "5", "i", "R"])))
@settings(max_examples=200, deadline=None)
def test_nothing_a_peer_sends_raises(pieces: list[bytes | str]) -> None:
    session = Session(ACCEPTING, CODEC, MemoryStore())
    session.connected(AT_NS)
    for number, piece in enumerate(pieces, 1):
        data = piece
        if isinstance(piece, str):
            data = sealed(
                f"35={piece}\x0149=CHANNEL1\x0156=RISKGW\x0134={number}\x01"
                f"52=20260304-02:30:00\x0198=0\x01108=9\x017=1\x0116=0\x0136=9\x01"
            )
        assert isinstance(data, bytes)
        session.receive(data, AT_NS)
        if session.state is State.CLOSED:
            return


@pytest.mark.parametrize("settings", [INITIATING, ACCEPTING])
def test_a_session_that_is_closed_has_no_timer(settings: object) -> None:
    side = Side(settings)  # type: ignore[arg-type]  # one of the two above
    assert side.session.next_timer_ns is None
    assert side.session.tick(AT_NS) == []
