"""Which row of obligations fits a pair."""

from datetime import date

import pytest

from monitoring.domain.business_figures import Duty, Reference, product_of
from monitoring.domain.market_maker_obligation import Terms
from riskgw.messages.base_data import AccountData, BaseData, ContractData

PAIRS = ("USD.CNY", "USD.JPY")
BASE = BaseData(
    accounts=(AccountData("FXDESK", "CFETS", "GFX", "FXDESK", market_maker=True),),
    contracts=tuple(ContractData(each, "CFETS", "0.0001", "1", "1", kind="fx") for each in PAIRS),
)


def duty(product: str, presence: int, kind: str = "fx") -> Duty:
    terms = Terms(0, ((0, 1),), 0, 0, 0)
    return Duty("CFETS", kind, product, "", terms, presence, 0, wants_auction=False)


@pytest.mark.parametrize(
    ("symbol", "product"),
    [("IO2612-C-3900", "io"), ("cu2612", "cu"), ("USD.CNY", "usd.cny"), ("510050", "")],
)
def test_a_pair_is_its_own_product(symbol: str, product: str) -> None:
    assert product_of(symbol) == product


def test_a_pairs_row_goes_before_that_of_all_pairs() -> None:
    rows = (duty("", 70), duty("usd.cny", 90), duty("", 50, kind="future"))
    reference = Reference(date(2026, 11, 23), BASE, rows)
    found = {each: reference.duty("CFETS", "FXDESK", each) for each in PAIRS}
    assert {each: row and row.presence_percent for each, row in found.items()} == {
        "USD.CNY": 90, "USD.JPY": 70,
    }  # fmt: skip
    assert reference.duty("CFETS", "SOMEBODY", "USD.CNY") is None
