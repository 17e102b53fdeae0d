"""Which fields loaded rules ask for: what nobody asks for is not worked out."""

from collections.abc import Iterable

from riskgw.cep.fields import FIELDS
from riskgw.cep.spec import IndicatorSpec, RuleSpec
from riskgw.kernel.words import EventKind

# By attribute of the observation: what costs a look into the group's own orders,
OWN_FIELDS = frozenset(
    (
        "own_live_best5", "own_best5_percent", "own_best5_amount", "own_live_at_price",
        "own_at_price_percent", "own_at_price_amount", "crosses_own", "reverses_own",
        "has_reverse_fill",
    )
)  # fmt: skip
# into the market,
MARKET_FIELDS = frozenset(
    (
        "in_best5", "own_live_best5", "best5_quantity", "own_best5_percent", "own_best5_amount",
        "market_at_price", "own_at_price_percent", "at_limit_price", "off_previous_close_percent",
        "off_last_percent", "last", "market_volume", "market_turnover", "previous_close",
        "move_percent", "market_at_limit_buy", "market_at_limit_sell", "market_at_limit",
        "market_at_limit_amount", "virtual_off_percent", "is_stale_market",
    )
)  # fmt: skip
# a division or a text,
ORDER_FIELDS = frozenset(("size_percent_max", "tick_ok", "terms"))
# or into the account's positions and funds.
ACCOUNT_FIELDS = frozenset(
    (
        "position", "group_position", "sellable", "available", "equity", "margin", "risk_percent",
        "has_permission", "lot_ok",
    )
)  # fmt: skip


def needed_fields(rules: Iterable[RuleSpec]) -> frozenset[str]:
    """The attributes that rules filter by, add up or group by."""
    codes: set[str] = set()
    for rule in rules:
        codes.update(rule.key, (each.field for each in rule.exemptions))
        for indicator in rule.indicators:
            codes |= _codes(indicator)
    return frozenset(FIELDS[code].attribute for code in codes)


def judges_market(rules: Iterable[RuleSpec]) -> bool:
    """Whether any rule looks at market snapshots as events."""
    return any(EventKind.MARKET in each.events for rule in rules for each in rule.indicators)


def _codes(indicator: IndicatorSpec) -> set[str]:
    codes = {each.field for each in indicator.filters} | set(indicator.key)
    return codes | {indicator.value_field} if indicator.value_field else codes
