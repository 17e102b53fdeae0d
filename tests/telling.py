"""What tests of alerts' life share: channels, webhooks, accounts, and alerts that are stored."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from monitoring.actions.store_alerts import store_alerts
from monitoring.models import Alert, Channel, Route, Rule, Silence, WebhookEndpoint
from riskgw.kernel.words import Level
from riskgw.reference.models import Account, ControlGroup, Counter, Customer, Exchange
from tests.alerts import alert_message
from tests.rules import OPEN_NS

SECRET_VARIABLE, SECRET = "RISKGW_WEBHOOK_TEST", "a-secret-of-tests"
CHANNEL_VARIABLE = "RISKGW_CHANNEL_TEST"
ACCOUNT = "A000000007"


def stored(number: str = "n1", **changes: Any) -> Alert:
    """One more alert in the database."""
    store_alerts([alert_message(**changes)], [number])
    return Alert.objects.get(number=number)


def climbed(level: Level, number: str, **changes: Any) -> Alert:
    """The same key, further up, a little later."""
    later = OPEN_NS + 10**9 * (1 + list(Level).index(level))
    return stored(number, level=level, time_ns=later, **changes)


def channel(name: str = "desk", **changes: Any) -> Channel:
    values: dict[str, Any] = {"variable": CHANNEL_VARIABLE, "language": "en"}
    return Channel.objects.create(name=name, **(values | changes))


def routed(to: Channel | None = None, **changes: Any) -> Channel:
    """A channel that all alerts go to, or those the changes leave."""
    to = to or channel()
    Route.objects.create(channel=to, **changes)
    return to


def endpoint(url: str = "http://127.0.0.1:9/", **changes: Any) -> WebhookEndpoint:
    values: dict[str, Any] = {
        "name": "counter", "variable": SECRET_VARIABLE, "topics": ["alerts", "restrictions"],
    }  # fmt: skip
    return WebhookEndpoint.objects.create(url=url, **(values | changes))


def user(name: str = "risk", **changes: Any) -> User:
    found, _ = User.objects.get_or_create(username=name, defaults={"is_staff": True, **changes})
    return found


def silence(minutes: int = 60, **changes: Any) -> Silence:
    values: dict[str, Any] = {
        "owner": user(), "reason": "a test of the counter", "starts_at": timezone.now(),
        "ends_at": timezone.now() + timedelta(minutes=minutes),
    }  # fmt: skip
    return Silence.objects.create(**(values | changes))


def account(code: str = ACCOUNT, **changes: Any) -> Account:
    exchange, _ = Exchange.objects.get_or_create(code="SSE")
    values: dict[str, Any] = {
        "customer": Customer.objects.get_or_create(code="C1")[0],
        "group": ControlGroup.objects.get_or_create(code="G1")[0],
        "counter": Counter.objects.get_or_create(code="ALPHA")[0],
    }
    return Account.objects.create(code=code, exchange=exchange, **(values | changes))


def p01() -> Rule:
    return Rule.objects.get(code="P01")


def after(seconds: float) -> datetime:
    return timezone.now() + timedelta(seconds=seconds)
