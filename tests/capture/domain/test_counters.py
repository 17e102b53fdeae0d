"""Which counter and access system an event is of, and what is said when nobody knows."""

from typing import Any

import msgspec
import pytest

from capture.domain.counters import STAMPS_MAX, UNKNOWN_MAX, Counters
from riskgw.kernel.times import NS_PER_SECOND
from riskgw.kernel.words import EventKind
from riskgw.messages.base_data import AccessSystemData, BaseData, CounterData
from riskgw.messages.event import Event
from riskgw.messages.problem import Problem, ProblemKind
from tests.events import event

ALPHA = CounterData("ALPHA", pbus=("000100",), addresses=("10.1.0.0/16",))
BETA = CounterData("BETA", databases=("oiw01",), addresses=("10.1.2.0/24", "2001:db8::/32"))
CONN = "10.1.0.7:45001>10.9.0.1:8016"


def heard(*heard: Event | Problem, **tables: Any) -> list[Event | Problem]:
    counters = Counters()
    counters.load(BaseData(**({"counters": (ALPHA, BETA)} | tables)))
    return counters.stamped(list(heard))


def stamp(conn: str, origin: str = "", **tables: Any) -> tuple[str | None, str | None]:
    found = heard(event(conn=conn, origin=origin), **tables)[0]
    assert isinstance(found, Event)
    assert found.is_counter_unknown == (found.counter is None)
    return found.counter, found.access_system


def counter(conn: str, origin: str = "", **tables: Any) -> str | None:
    return stamp(conn, origin, **tables)[0]


def test_a_pbu_or_database_tells_the_counter_wherever_it_comes_from() -> None:
    assert counter("192.0.2.1:1>192.0.2.2:2", "000100") == "ALPHA"
    assert counter("192.0.2.1:1>192.0.2.2:2", "oiw01") == "BETA"


def test_a_database_comes_before_an_address() -> None:
    """The exchange's own software writes confirmations from an address of its own."""
    assert counter(CONN, "oiw01") == "BETA"
    assert counter("10.1.2.7:1>10.9.0.1:8016", "000100") == "ALPHA"
    assert counter(CONN, "unheard") == "ALPHA"


def test_the_longest_prefix_wins() -> None:
    assert counter("10.1.2.7:1>10.9.0.1:8016") == "BETA"
    assert counter("10.1.3.7:1>10.9.0.1:8016") == "ALPHA"
    single = CounterData("GAMMA", addresses=("10.1.2.7",))
    assert counter("10.1.2.7:1>10.9.0.1:8016", counters=(ALPHA, BETA, single)) == "GAMMA"
    assert counter("10.1.2.8:1>10.9.0.1:8016", counters=(single, BETA, ALPHA)) == "BETA"


def test_a_block_with_a_port_is_narrower_than_one_without() -> None:
    whole = CounterData("WHOLE", addresses=("10.9.0.1",))
    port = CounterData("PORT", addresses=("10.9.0.1:8016",))
    for tables in ((whole, port), (port, whole)):
        assert counter("192.0.2.1:1>10.9.0.1:8016", counters=tables) == "PORT"
        assert counter("192.0.2.1:1>10.9.0.1:8017", counters=tables) == "WHOLE"


def test_of_two_that_are_as_narrow_the_clients_wins() -> None:
    client = CounterData("CLIENT", addresses=("192.0.2.1",))
    server = CounterData("SERVER", addresses=("10.9.0.1",))
    for tables in ((client, server), (server, client)):
        assert counter("192.0.2.1:1>10.9.0.1:8016", counters=tables) == "CLIENT"
        assert counter("192.0.2.3:1>10.9.0.1:8016", counters=tables) == "SERVER"


def test_addresses_of_version_6() -> None:
    assert counter("[2001:db8::7]:45001>[2001:db9::1]:8016") == "BETA"
    assert counter("[2001:db9::7]:45001>[2001:dba::1]:8016") is None


def test_an_access_system_is_told_by_its_address_beside_the_counter() -> None:
    systems = (
        AccessSystemData("NARROW", addresses=("10.1.0.7",)),
        AccessSystemData("WIDE", addresses=("10.1.0.0/24",)),
    )
    assert stamp(CONN, "000100", access_systems=systems) == ("ALPHA", "NARROW")
    assert stamp(CONN, "oiw01", access_systems=systems) == ("BETA", "NARROW")
    assert stamp("10.1.0.8:1>10.9.0.1:2", access_systems=systems) == ("ALPHA", "WIDE")


def test_an_access_system_stands_for_the_counter_it_belongs_to() -> None:
    system = AccessSystemData("GATE", counter="BETA", addresses=("10.1.0.7",))
    assert stamp(CONN, access_systems=(system,)) == ("BETA", "GATE")
    assert stamp(CONN, "000100", access_systems=(system,)) == ("ALPHA", "GATE")
    own = CounterData("OWN", addresses=("10.1.0.7",))
    assert stamp(CONN, counters=(own,), access_systems=(system,)) == ("OWN", "GATE")


def test_without_tables_nothing_is_known_and_nothing_is_unknown() -> None:
    before = event(conn=CONN)
    assert Counters().is_empty
    assert heard(before, counters=()) == [before]
    assert heard(before, counters=(), access_systems=(AccessSystemData("X", "", ("192.0.2.9",)),))


def problems(found: list[Event | Problem]) -> list[Problem]:
    return [each for each in found if isinstance(each, Problem)]


STRANGE = "192.0.2.1:45001>192.0.2.2:8016"


def test_an_order_of_an_unknown_counter_is_a_problem_with_all_that_is_known_of_it() -> None:
    order, problem = heard(event(conn=STRANGE, origin="000900"))
    assert isinstance(order, Event)
    assert (order.counter, order.is_counter_unknown) == (None, True)
    assert isinstance(problem, Problem)
    assert problem.kind is ProblemKind.UNKNOWN_COUNTER
    for part in ("000900", "192.0.2.1:45001", "192.0.2.2:8016"):
        assert part in problem.detail


def test_the_same_sender_is_named_once_whatever_port_it_comes_from() -> None:
    again = event(conn=STRANGE.replace("45001", "45002"), origin="000900")
    other = event(conn=STRANGE, origin="000901")
    found = heard(*(event(conn=STRANGE, origin="000900"),) * 3, again, other)
    assert len(problems(found)) == 2
    assert all(each.is_counter_unknown for each in found if isinstance(each, Event))


def test_a_new_trading_day_names_it_again() -> None:
    today = event(conn=STRANGE)
    tomorrow = msgspec.structs.replace(today, at_ns=today.at_ns + 86_400 * NS_PER_SECOND)
    assert len(problems(heard(today, today, tomorrow, tomorrow))) == 2


def test_answers_are_stamped_but_only_requests_are_a_problem() -> None:
    kinds = [kind for kind in EventKind if kind not in ("order", "cancel")]
    found = heard(*(event(kind, conn=STRANGE) for kind in kinds))
    assert problems(found) == []
    assert len(problems(heard(event(EventKind.CANCEL, conn=STRANGE)))) == 1


def test_problems_of_the_feed_pass_in_their_place() -> None:
    orphan = Problem(ProblemKind.ORPHAN, "")
    known = event(conn=CONN)
    found = heard(known, orphan, known)
    assert found[1] is orphan
    assert [type(each) for each in found] == [Event, Problem, Event]


def test_a_change_of_the_tables_counts_from_the_next_event() -> None:
    counters = Counters()
    counters.load(BaseData(counters=(ALPHA,)))
    first = counters.stamped([event(conn=CONN)])[0]
    moved = CounterData("GAMMA", addresses=("10.1.0.0/16",))
    counters.load(BaseData(counters=(moved,)))
    second = counters.stamped([event(conn=CONN)])[0]
    assert isinstance(first, Event)
    assert isinstance(second, Event)
    assert (first.counter, second.counter) == ("ALPHA", "GAMMA")


def test_what_is_remembered_is_bounded() -> None:
    counters = Counters()
    counters.load(BaseData(counters=(ALPHA,)))
    answers = (
        event(EventKind.FILL, conn=f"192.0.2.1:{number}>192.0.3.1:8016")
        for number in range(STAMPS_MAX + 1)
    )
    assert all(counters.stamped([each]) for each in answers)
    assert len(counters._stamps) <= STAMPS_MAX


def test_so_many_unknown_senders_are_named_and_then_it_is_said_that_there_are_more() -> None:
    orders = [event(conn=STRANGE, origin=str(number)) for number in range(UNKNOWN_MAX + 2)]
    kinds = [each.kind for each in problems(heard(*orders))]
    assert kinds == ["unknown_counter"] * UNKNOWN_MAX + ["limit"]


def test_an_address_that_is_none_is_refused_with_the_base_data() -> None:
    data = {"counters": [{"code": "A", "addresses": ["10.1.0.300"]}]}
    with pytest.raises(msgspec.ValidationError, match=r"10\.1\.0\.300"):
        msgspec.convert(data, BaseData)
