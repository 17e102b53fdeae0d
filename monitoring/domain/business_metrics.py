"""The business metrics of B13 and that of FX; how two thresholds judge a figure (S5, S9)."""

from enum import StrEnum
from typing import NamedTuple

from riskgw.kernel.decimals import PERCENT_DIGITS

# All figures are integers of 10**-6, whatever their unit.
FIGURE_DIGITS = PERCENT_DIGITS


class BusinessMetric(StrEnum):
    """In the order of the source's list; FX, which it has not, stands beside its like."""

    OPTION_OBLIGATION = "option_obligation"
    FUTURE_OBLIGATION = "future_obligation"
    FX_OBLIGATION = "fx_obligation"
    QUOTES = "quotes"
    FUNDS = "funds"
    CANCELS = "cancels"
    LARGEST_ORDER = "largest_order"
    PERMISSION = "permission"


class Standing(StrEnum):
    """Where a figure stands, rising: below both thresholds, a prompt only, or a restriction."""

    QUIET = "quiet"
    MONITORING = "monitoring"
    RISK = "risk"


STANDINGS = tuple(Standing)


class MetricCmp(StrEnum):
    """On which side of its thresholds a figure is conspicuous."""

    BELOW = "lt"
    AT_LEAST = "ge"
    ABOVE = "gt"


class MetricFacts(NamedTuple):
    """`code` is the rule's. The risk threshold stops openings, or all orders."""

    code: str
    unit: str
    cmp: MetricCmp
    name_en: str
    name_zh: str
    advice_en: str
    advice_zh: str
    stops_orders: bool = False


# What is judged, by rules.md 1d (M01, M08), F09, F15, F13, T01 and T07.
METRICS: dict[BusinessMetric, MetricFacts] = {
    BusinessMetric.OPTION_OBLIGATION: MetricFacts(
        "B13.1", "percent", MetricCmp.BELOW,
        "Option market-making obligation", "期权做市义务",
        "Quote both sides within the band at once; see what can still be reached on Market making.",
        "立即在价差内双边报价；在“做市”页查看当日仍可达到的时间占比。",
    ),
    BusinessMetric.FUTURE_OBLIGATION: MetricFacts(
        "B13.2", "percent", MetricCmp.BELOW,
        "Futures market-making obligation", "期货做市义务",
        "Quote both sides within the band at once; see what can still be reached on Market making.",
        "立即在价差内双边报价；在“做市”页查看当日仍可达到的时间占比。",
    ),
    BusinessMetric.FX_OBLIGATION: MetricFacts(
        "B13.8", "percent", MetricCmp.BELOW,
        "FX market-making obligation", "外汇做市义务",
        "Start the best level on both sides; see what can still be reached on Market making.",
        "在“报价”页启动最优档双边报价；在“做市”页查看当日仍可达到的时间占比。",
    ),
    BusinessMetric.QUOTES: MetricFacts(
        "B13.3", "times", MetricCmp.AT_LEAST,
        "Quotes over trades", "报价统计：报价成交比",
        "Quote less often, or wider; the exchange counts each quote as information volume.",
        "降低报价频率或放宽价差；交易所将每笔报价计入信息量。",
    ),
    BusinessMetric.FUNDS: MetricFacts(
        "B13.4", "percent", MetricCmp.AT_LEAST,
        "Margin over equity", "资金统计：风险度",
        "Reduce positions or have funds paid in.",
        "减仓或追加资金。",
    ),
    BusinessMetric.CANCELS: MetricFacts(
        "B13.5", "percent", MetricCmp.AT_LEAST,
        "Cancels over orders", "报撤单统计：撤单比",
        "Find the strategy that cancels so often and slow it down.",
        "找出频繁撤单的策略并降速。",
        stops_orders=True,
    ),
    BusinessMetric.LARGEST_ORDER: MetricFacts(
        "B13.6", "percent", MetricCmp.ABOVE,
        "Largest order over the contract's largest", "最大报单风控",
        "Split the order; check the quantity that was entered.",
        "拆单；核对录入数量。",
    ),
    BusinessMetric.PERMISSION: MetricFacts(
        "B13.7", "count", MetricCmp.AT_LEAST,
        "Orders without trading permission", "交易权限风控",
        "Find out why the counter let them pass; complete the permission or stop the account.",
        "查明柜台放行原因；补录权限或停用账户。",
        stops_orders=True,
    ),
}  # fmt: skip


def judged(value: int | None, cmp: MetricCmp, monitoring: int | None, risk: int | None) -> Standing:
    """An unknown figure stands nowhere; the risk threshold goes before the other one."""
    if value is None:
        return Standing.QUIET
    if risk is not None and _is_beyond(value, cmp, risk):
        return Standing.RISK
    if monitoring is not None and _is_beyond(value, cmp, monitoring):
        return Standing.MONITORING
    return Standing.QUIET


def _is_beyond(value: int, cmp: MetricCmp, threshold: int) -> bool:
    match cmp:
        case MetricCmp.BELOW:
            return value < threshold
        case MetricCmp.AT_LEAST:
            return value >= threshold
        case MetricCmp.ABOVE:
            return value > threshold
