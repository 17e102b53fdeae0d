"""Rule H01: orders of a counter nobody knows, by the address they come from."""

from capture.domain.counters import Counters
from monitoring.domain.risk_core import RiskCore
from monitoring.rule_queries import shipped_rules
from riskgw.kernel.words import EventKind
from riskgw.messages.alert import Alert
from riskgw.messages.base_data import BaseData, CounterData
from riskgw.messages.event import Event
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
