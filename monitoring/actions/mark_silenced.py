"""Mark alerts that an active silence covers, before they are stored."""

from collections.abc import Iterable, Sequence

from django.utils import timezone

from monitoring.domain.silence import Facts, covers
from monitoring.models import Alert, Silence
from riskgw.reference.models import Account


def mark_silenced(alerts: Sequence[Alert], silences: Sequence[Silence]) -> None:
    """Those that one of the active silences covers."""
    if not silences:
        return
    for alert, facts in zip(alerts, facts_of(alerts), strict=True):
        alert.silence = next((each for each in silences if covers(each.matchers, facts)), None)


def active_silences() -> list[Silence]:
    """Oldest first, so that an alert always gets the same one.

    By the clock of people, not of the market: a replay of another day is silenced too.
    """
    now = timezone.now()
    return list(Silence.objects.filter(starts_at__lte=now, ends_at__gt=now).order_by("pk"))


def facts_of(alerts: Sequence[Alert]) -> list[Facts]:
    """What silences look at: the key, the rule, and who stands behind the account."""
    accounts = _accounts(alert.key["account"] for alert in alerts if "account" in alert.key)
    return [_facts(alert, accounts.get(alert.key.get("account", ""), [])) for alert in alerts]


def _accounts(codes: Iterable[str]) -> dict[str, list[Account]]:
    found: dict[str, list[Account]] = {}
    rows = Account.objects.filter(code__in=set(codes))
    for account in rows.select_related("group", "customer", "counter"):
        found.setdefault(account.code, []).append(account)
    return found


def _facts(alert: Alert, accounts: Sequence[Account]) -> Facts:
    facts = {name: {str(value)} for name, value in alert.key.items()}
    facts["rule"] = {alert.rule_version.rule.code}
    facts["category"] = {str(alert.rule_version.spec.get("category", ""))}
    facts["level"] = {alert.level}
    if exchange := alert.key.get("contract", "").partition(":")[0]:
        facts.setdefault("exchange", set()).add(exchange)
    for account in accounts:
        if "contract" not in alert.key:
            facts.setdefault("exchange", set()).add(account.exchange_id)
        for name, owner in (
            # Without a group an account is a group of its own.
            ("group", account.group or account),
            ("customer", account.customer),
            ("counter", account.counter),
        ):
            if owner is not None:
                facts.setdefault(name, set()).add(owner.code)
    return {name: frozenset(values) for name, values in facts.items()}
