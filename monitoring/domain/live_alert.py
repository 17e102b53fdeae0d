"""An alert as browsers get it: docs/protocols/live.md."""

from typing import Any

import msgspec

from riskgw.cep.spec import RuleSpec
from riskgw.kernel.times import trading_day
from riskgw.messages.alert import Alert

REFS_SHOWN_MAX = 20


def alert_number(alert: Alert, shard: int, series: int, place: int) -> str:
    """Trading day, shard, series number of the event in its shard, place among its alerts."""
    return f"{trading_day(alert.time_ns)}.{shard}.{series}.{place}"


def is_of_shard(number: str) -> bool:
    """Whether orders or the market raised it; others are of hosts and of business figures."""
    return number.split(".")[1].isdigit()


def episode_id(alert: Alert) -> str:
    """What all rows of an episode share: the same rule, key and day, as it climbs."""
    return f"{trading_day(alert.time_ns)} {alert.rule} {alert.key_text} #{alert.episode}"


def admin_url(number: str) -> str:
    """The alert's record in the administration, which knows it by its number too."""
    return f"/admin/monitoring/alert/{number}/change/"


def raised(alert: Alert, number: str, spec: RuleSpec) -> dict[str, Any]:
    """The live message of a new alert; REST has all of the orders that are kept."""
    refs = alert.order_refs
    if len(refs) > REFS_SHOWN_MAX:
        refs = (*refs[:REFS_SHOWN_MAX], refs[-1])
    shown = {
        **msgspec.to_builtins(alert),
        "id": number,
        "trading_day": str(trading_day(alert.time_ns)),
        "name": {"en": spec.name_en, "zh": spec.name_zh},
        "advice": {"en": spec.advice_en, "zh": spec.advice_zh},
        "order_refs": refs,
        "episode_id": episode_id(alert),
        "is_newest": True,
        "state": "open",
        "owner": None,
        "silence": None,
        "handled_by": None,
        "handled_at_ns": None,
        "comment": "",
        "admin_url": admin_url(number),
    }
    return {"change": "raised", "alert": shown}
