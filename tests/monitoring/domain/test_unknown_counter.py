"""Rule H01: orders of a counter nobody knows, by the address they come from."""

from capture.domain.counters import Counters
from monitoring.domain.risk_core import RiskCore
from monitoring.rule_queries import shipped_rules
from riskgw.kernel.words import EventKind
from riskgw.messages.alert import Alert
from riskgw.messages.base_data import BaseData, CounterData
from riskgw.messages.event import Event
from riskgw.shards.partition import Shards
from tests.events import event

BASE = BaseData(counters=(CounterData("ALPHA", pbus=("000100",)),))
STRANGE, OTHER = "10.9.0.7:45001>10.1.9.21:8016", "10.9.0.8:45001>10.1.9.21:8016"


def raised(*events: Event, base: BaseData = BASE) -> list[Alert]:
    core = RiskCore(base, [rule for rule in shipped_rules() if rule.code == "H01"])
    counters = Counters()
    counters.load(base)
    stamped = [each for each in counters.stamped([*events]) if isinstance(each, Event)]
    return [alert for each in stamped for alert in core.hear(each, is_late=False)]


def requests(count: int, conn: str = STRANGE, origin: str = "000900") -> list[Event]:
    return [event(conn=conn, origin=origin, order_ref=f"R{n}") for n in range(count)]


def levels(alerts: list[Alert]) -> list[tuple[str, str]]:
    return [(str(alert.level), alert.key["source"]) for alert in alerts]


def test_the_first_request_warns_and_the_tenth_reaches_the_limit() -> None:
    assert levels(raised(*requests(9))) == [("warn", "10.9.0.7")]
    assert levels(raised(*requests(10))) == [("warn", "10.9.0.7"), ("limit", "10.9.0.7")]
    assert len(raised(*requests(11))) == 2
    assert raised(*requests(10))[-1].order_refs == tuple(f"R{n}" for n in range(10))


def test_cancels_count_and_answers_do_not() -> None:
    assert len(raised(event(EventKind.CANCEL, conn=STRANGE))) == 1
    answers = [kind for kind in EventKind if kind not in ("order", "cancel")]
    assert raised(*(event(kind, conn=STRANGE) for kind in answers)) == []


def test_each_address_is_judged_on_its_own_whatever_port_it_uses() -> None:
    again = requests(1, STRANGE.replace("45001", "45002"))
    assert levels(raised(*requests(1), *again, *requests(1, OTHER))) == [
        ("warn", "10.9.0.7"),
        ("warn", "10.9.0.8"),
    ]


def test_a_known_counter_raises_nothing() -> None:
    assert raised(*requests(20, origin="000100")) == []


def test_while_no_counter_has_a_mark_none_is_unknown() -> None:
    assert raised(*requests(20), base=BaseData()) == []


def spread(shards: int) -> list[Alert]:
    """Requests of one unknown address for accounts of many groups, over so many shards."""
    shard_of, counters, found = Shards(shards), Counters(), list[Alert]()
    shard_of.load(BASE)
    counters.load(BASE)
    rules = [rule for rule in shipped_rules() if rule.code in ("H01", "P01")]
    cores = [RiskCore(BASE, rules) for _ in range(shards)]
    strange = [
        event(conn=STRANGE, origin="000900", order_ref=f"R{number}", account=f"A{number % 7}",
              source_seq=number)
        for number in range(12)
    ]  # fmt: skip
    burst = [event(origin="000100", order_ref=f"K{number}", account="A1") for number in range(300)]
    stamped = counters.stamped([*strange, *burst])
    for each in [one for one in stamped if isinstance(one, Event)]:
        for shard, routed in shard_of.routed(each):
            found += cores[shard].hear(routed, is_late=False)
    return found


def test_an_address_is_told_of_once_a_level_whatever_the_number_of_shards() -> None:
    alone = spread(1)
    assert levels(alone[:2]) == [("warn", "10.9.0.7"), ("limit", "10.9.0.7")]
    assert alone[1].order_refs == tuple(f"R{number}" for number in range(10))
    # Two of the account's requests came from the unknown address: they count here too.
    assert [alert.rule for alert in alone[2:]] == ["P01", "P01"]
    for shards in (2, 4):
        assert spread(shards) == alone


def test_a_copy_of_an_event_has_no_number_of_its_own() -> None:
    shards = Shards(4)
    strange = event(conn=STRANGE, account="A3", is_counter_unknown=True)
    routed = dict(shards.routed(strange))
    assert len(routed) == 2
    numbers = []
    for each in routed.values():
        core = RiskCore(BASE, [])
        core.hear(each, is_late=False)
        numbers.append(core.series)
    assert sorted(numbers) == [0, 1]
