"""What the browser's site holds: one user a role, and alerts of two levels."""

from django.conf import settings

from monitoring.actions.store_alerts import store_alerts
from riskgw.kernel.words import Level
from riskgw.wiring.demo import ensure_users
from tests.alerts import alert_message

ALERTS = 30


def fill(url: str) -> None:
    ensure_users(settings.RISKGW_HOME / "demo-access.json", url)
    levels = (Level.WARN, Level.LIMIT)
    alerts = [
        alert_message(level=levels[number % 2], key={"account": f"A{number:09}"})
        for number in range(ALERTS)
    ]
    store_alerts(alerts, [f"{number}" for number in range(ALERTS)])
