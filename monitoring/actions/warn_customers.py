"""Warn customers: once for each level of an episode, by their contacts and by their counters."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from django.db.models import Q
from django.utils import timezone

from monitoring.actions.enqueue_webhook import enqueue_webhooks, wake_deliverer
from monitoring.domain.warning_text import warning_text, warning_values
from monitoring.models import Alert, Channel, CustomerWarning, Notification, WarningTemplate
from monitoring.models.choices import LevelChoice
from monitoring.models.notification import LanguageChoice
from riskgw.bus.announce import announce_all_on_commit
from riskgw.cep.spec import rule_from_builtins
from riskgw.kernel.times import instant_ns, local_datetime
from riskgw.messages.alert import Reading
from riskgw.reference.models import Account, ContactPoint

TOPIC = "customer_warning"
# Of one group; a group of more is warned by its first ones.
ACCOUNTS_MAX = 100

# By rule and level; without a rule, of all that have none of their own.
Templates = Mapping[tuple[int | None, str], WarningTemplate]
_TITLES = {"zh-hans": "交易风险提示", "en": "Trading risk warning"}


class _Warned(NamedTuple):
    """A warning that is about to be stored, and the accounts it is for."""

    row: CustomerWarning
    accounts: Sequence[Account]


def warn_customers(alerts: Sequence[Alert], templates: Templates) -> None:
    """Where there is a text for the rule and level, and the key names an account or a group."""
    texts = [(alert, _template_of(alert, templates)) for alert in alerts]
    wanted = [(alert, template) for alert, template in texts if template is not None]
    if not wanted:
        return
    done = _done(alert for alert, _ in wanted)
    warned: list[_Warned] = []
    for alert, template in wanted:
        accounts = _accounts_of(alert)
        if accounts and (alert.episode_id, alert.level) not in done:
            warned.append(_Warned(_warning(alert, template, accounts), accounts))
    if not warned:
        return
    CustomerWarning.objects.bulk_create([each.row for each in warned])
    _write_to_contacts(warned)
    shown = [warning_json(each.row) for each in warned]
    enqueue_webhooks(TOPIC, shown)
    announce_warnings("raised", shown)


def announce_warnings(change: str, shown: Sequence[dict[str, Any]]) -> None:
    """To the counters each is for, and to all people: docs/protocols/live.md."""
    messages = [{"change": change, "counters": each["counters"], "warning": each} for each in shown]
    announce_all_on_commit(TOPIC, messages)


def warning_json(warning: CustomerWarning) -> dict[str, Any]:
    """As counters get it, by socket, webhook and REST."""
    at = warning.acknowledged_at
    return {
        "id": warning.pk,
        "alert": warning.alert.number,
        "rule": warning.alert.rule_version.rule.code,
        "level": warning.level,
        "key": warning.alert.key,
        "accounts": warning.accounts,
        "counters": warning.counters,
        "text": {"en": warning.text_en, "zh": warning.text_zh},
        "values": warning.values,
        "time_ns": warning.alert.time_ns,
        "created_ns": instant_ns(warning.created_at),
        "acknowledged_ns": None if at is None else instant_ns(at),
        "acknowledged_by": warning.acknowledged_by and warning.acknowledged_by.get_username(),
        "comment": warning.comment,
    }


def warning_templates() -> Templates:
    return {(each.rule_id, each.level): each for each in WarningTemplate.objects.all()}


def _template_of(alert: Alert, templates: Templates) -> WarningTemplate | None:
    """The rule's own, also where it is switched off: then the rule warns nobody."""
    own = templates.get((alert.rule_version.rule_id, alert.level))
    found = own or templates.get((None, alert.level))
    return found if found is not None and found.is_active else None


def _done(alerts: Iterable[Alert]) -> set[tuple[str, str]]:
    episodes = {alert.episode_id for alert in alerts}
    rows = CustomerWarning.objects.filter(episode_id__in=episodes)
    return set(rows.values_list("episode_id", "level"))


def _accounts_of(alert: Alert) -> Sequence[Account]:
    """Those of the key's account, or of its group; an account without a group is one itself."""
    if account := alert.key.get("account"):
        which = Q(code=account)
    elif group := alert.key.get("group"):
        which = Q(group__code=group) | Q(group__isnull=True, code=group)
    else:
        return []
    found = Account.objects.filter(which).select_related("customer", "counter", "group")
    return list(found.order_by("pk")[:ACCOUNTS_MAX])


def _warning(
    alert: Alert, template: WarningTemplate, accounts: Sequence[Account]
) -> CustomerWarning:
    values = {
        language: _values(alert, language) for language in ("zh", "en")
    }  # fmt: skip
    return CustomerWarning(
        alert=alert,
        episode_id=alert.episode_id,
        level=alert.level,
        accounts=sorted({account.code for account in accounts}),
        counters=sorted({account.counter.code for account in accounts if account.counter}),
        text_zh=warning_text(template.text_zh, values["zh"], "zh"),
        text_en=warning_text(template.text_en, values["en"], "en"),
        values={
            name: values["en"].get(name, "")
            for name in ("value", "threshold", "limit", "left", "unit")
        },
        created_at=timezone.now(),
    )


def _values(alert: Alert, language: str) -> dict[str, str]:
    """Everything a template may name."""
    spec = rule_from_builtins(alert.rule_version.spec)
    readings = tuple(msgspec.convert(alert.values, list[Reading]))
    return {
        **warning_values(spec, alert.level, readings),
        "account": alert.key.get("account", ""),
        "group": alert.key.get("group", ""),
        "contract": alert.key.get("contract", ""),
        "rule": (spec.name_zh if language == "zh" else spec.name_en) or spec.code,
        "advice": spec.advice_zh if language == "zh" else spec.advice_en,
        "level": _LEVELS[language][alert.level],
        "time": f"{local_datetime(alert.time_ns):%H:%M:%S}",
    }


_LEVELS: dict[str, dict[str, str]] = {
    "en": {level: level for level in LevelChoice.values},
    "zh": {LevelChoice.WARN: "预警", LevelChoice.RESTRICT: "限制", LevelChoice.LIMIT: "上限"},
}


def _write_to_contacts(warned: Sequence[_Warned]) -> None:
    """One message to each contact, however many of its accounts are meant."""
    channels = {each.name: each for each in Channel.objects.filter(is_active=True)}
    rows = [
        _message(row, contact, channels[contact.channel])
        for row, accounts in warned
        for contact in _contacts(accounts)
        if contact.channel in channels
    ]
    Notification.objects.bulk_create(rows)
    if rows:
        wake_deliverer()


def _contacts(accounts: Sequence[Account]) -> list[ContactPoint]:
    customers = {account.customer_id for account in accounts if account.customer_id}
    found = ContactPoint.objects.filter(
        Q(account__in=accounts) | Q(customer__in=customers), is_active=True
    )
    by_address = {(each.channel, each.address): each for each in found.order_by("-pk")}
    return list(by_address.values())


def _message(row: CustomerWarning, contact: ContactPoint, channel: Channel) -> Notification:
    is_chinese = contact.language == LanguageChoice.ZH
    return Notification(
        channel=channel,
        kind=Notification.Kind.WARNING,
        alert=row.alert,
        warning=row,
        address=contact.address,
        title=_TITLES[contact.language],
        text=row.text_zh if is_chinese else row.text_en,
        due_at=timezone.now(),
    )
