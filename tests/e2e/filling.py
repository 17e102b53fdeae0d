"""What the browser's site holds: users, alerts of two levels, orders and problems, a few books."""

from django.conf import settings

from ledger.domain.direction import Direction
from monitoring.actions.store_alerts import store_alerts
from monitoring.models import ErrorOrder, OrderRecord
from riskgw.kernel.times import NS_PER_MS, utc_datetime
from riskgw.kernel.words import Level
from riskgw.reference.actions.load_base import load_base
from riskgw.wiring.demo import ensure_users
from tests.alerts import alert_message
from tests.days import MONDAY
from tests.e2e.party import BASE
from tests.ledger.books import account, paid, transfer
from tests.rules import OPEN_NS

ALERTS = 30
ORDERS = 300
ACCOUNTS = 3
_CONN = "10.1.0.11:45000>10.1.9.21:8016"


def fill(url: str) -> None:
    ensure_users(settings.RISKGW_HOME / "demo-access.json", url)
    load_base(BASE)
    levels = (Level.WARN, Level.LIMIT)
    alerts = [
        alert_message(level=levels[number % 2], key={"account": f"A{number:09}"})
        for number in range(ALERTS)
    ]
    store_alerts(alerts, [f"{number}" for number in range(ALERTS)])
    OrderRecord.objects.bulk_create(_order(number) for number in range(ORDERS))
    ErrorOrder.objects.bulk_create([_problem(1, "checksum"), _problem(2, "gap")])
    account("E2E-CASH", Direction.UNRESTRICTED)
    account("E2E-CLIENT")
    paid(transfer("e2e.opening", "E2E-CASH", "E2E-CLIENT", "100"))


def _order(number: int) -> OrderRecord:
    """Of three accounts in turn."""
    at_ns = OPEN_NS + number * NS_PER_MS
    return OrderRecord(
        trading_day=MONDAY, shard=0, series=number, event="order", exchange="SZSE",
        account=f"A{number % ACCOUNTS:09}", symbol="000001", side="buy", price=1_234_500,
        quantity=100_000, order_ref=f"R{number}", conn=_CONN, time_ns=at_ns, at_ns=at_ns,
    )  # fmt: skip


def _problem(number: int, problem: str) -> ErrorOrder:
    return ErrorOrder(
        number=f"{MONDAY}.urfront_sz.0.{number}", trading_day=MONDAY, at=utc_datetime(OPEN_NS),
        at_ns=OPEN_NS + number, problem=problem, reason="=1+1", conn=_CONN, protocol="szse",
        direction="up", size=20, position=0xE1, excerpt="0001****52495348",
    )  # fmt: skip
