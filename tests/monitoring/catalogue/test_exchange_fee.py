"""What exchanges ask for information volume, and what the headroom says of it."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.domain.exchange_fee import fee, order_to_trade, table_of, with_fee
from monitoring.domain.risk_core import RiskCore
from monitoring.rule_queries import exchange_fees
from riskgw.kernel.decimals import MONEY_DIGITS
from riskgw.kernel.words import Level
from riskgw.messages.alert import Alert
from tests.monitoring.catalogue.flow import COPPER, RULES, base, order, put
from tests.monitoring.catalogue.futures import unmatched_fak

[TABLE] = exchange_fees()
YUAN = 10**MONEY_DIGITS
HIGH, LOW = Fraction(201, 100), Fraction(2)


@pytest.mark.parametrize(
    ("units", "yuan"),
    [(0, 0), (4000, 0), (4001, 0.5), (8000, 2000), (8001, 2002.5), (40_000, 82_000),
     (40_001, 82_050), (119_200, 4_042_000)],
)  # fmt: skip
def test_each_unit_costs_what_its_tier_says(units: int, yuan: float) -> None:
    assert fee(TABLE, units, HIGH) == int(yuan * YUAN)


def test_a_ratio_of_two_and_less_costs_half() -> None:
    assert fee(TABLE, 119_200, LOW) == 2_021_000 * YUAN


def test_orders_that_never_traded_count_as_one() -> None:
    assert order_to_trade(119_200, 0) == order_to_trade(119_200, 1) == 119_199


@given(st.integers(0, 200_000), st.integers(0, 200_000))
def test_more_volume_never_costs_less(one: int, other: int) -> None:
    low, high = sorted((one, other))
    assert 0 <= fee(TABLE, low, HIGH) <= fee(TABLE, high, HIGH)


@pytest.mark.parametrize(("contract", "is_known"), [("SHFE:cu2612", True), ("DCE:c2605", False)])
def test_an_exchange_without_a_table_has_no_estimate(contract: str, is_known: bool) -> None:
    assert (table_of([TABLE], contract) is not None) is is_known


def test_59600_unmatched_fak_orders_cost_4042000_yuan() -> None:
    """The cancel rule is silent, information volume is not, and the fee is shown."""
    core = RiskCore(base(COPPER), [RULES[code] for code in ("F02", "F08", "F08T", "F09")])
    raised: list[tuple[int, Alert]] = []
    units = 0
    for number in range(59_600):
        for item in unmatched_fak(COPPER, number):
            units += 1
            raised += [(units, alert) for alert in put(core, item)]
    told = {(alert.rule, alert.level): at for at, alert in raised}
    assert told == {
        ("F08", Level.WARN): 3200, ("F08", Level.LIMIT): 4000,
        ("F09", Level.WARN): 3200, ("F09", Level.LIMIT): 4000,
        ("F08T", Level.WARN): 8000, ("F08T", Level.LIMIT): 40_000,
    }  # fmt: skip
    rows = with_fee(core.headroom(order(COPPER, 600_000)), exchange_fees())
    [volume] = [row for row in rows if row["rule"] == "F08"]
    assert (volume["value"], volume["fee"], volume["fee_group"]) == (119_200, "4042000", "A")
    [cancels] = [row for row in rows if row["rule"] == "F02"]
    assert (cancels["value"], cancels["left"]) == (None, 500)


def test_what_has_no_volume_yet_has_no_fee() -> None:
    core = RiskCore(base(COPPER), [RULES["F08"], RULES["F09"]])
    rows = with_fee(core.headroom(order(COPPER)), exchange_fees())
    assert not [row for row in rows if "fee" in row]
