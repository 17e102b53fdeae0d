"""Only what orders have touched is told as news, and it is what the whole list says."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from monitoring.domain.account_figures import OrderFigures
from monitoring.domain.business_figures import Figure, Ordered, Reference
from riskgw.messages.base_data import AccountData, BaseData, ContractData

BASE = BaseData(
    accounts=(
        AccountData("A", "SSE", "G", "C", permissions=("future",)),
        AccountData("B", "SSE", "G", "C"),
    ),
    contracts=(ContractData("X", "SSE", "0.01", "100", "1000", kind="stock"),),
)
ORDERS = st.builds(
    Ordered, st.sampled_from(["order", "cancel", "fill", "reject"]), st.just("SSE"),
    st.sampled_from(["A", "B", ""]), st.sampled_from(["X", "Y"]), st.just("buy"), st.just("open"),
    st.sampled_from([None, 1_000, 900_000]), st.just(1),
)  # fmt: skip


@given(st.lists(st.lists(ORDERS, max_size=30), max_size=5))
def test_the_news_of_all_runs_together_are_the_figures(runs: list[list[Ordered]]) -> None:
    figures = OrderFigures(Reference(date(2026, 11, 23), BASE))
    known: dict[object, Figure] = {}
    for run in runs:
        for order in run:
            figures.take(order)
        known |= {(each.metric, each.key): each for each in figures.news()}
    assert known == {(each.metric, each.key): each for each in figures.figures()}


def test_what_no_order_has_touched_is_no_news() -> None:
    figures = OrderFigures(Reference(date(2026, 11, 23), BASE))
    for account in ("A", "B", "B"):
        figures.take(Ordered("order", "SSE", account, "Y", "buy", "open", 1_000, 1))
        news = {each.key[1] for each in figures.news() if each.metric == "cancels"}
        assert news == {account}
    assert [each for each in figures.news() if each.metric == "cancels"] == []
