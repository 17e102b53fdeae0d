"""Which orders of a day are live: sent, not over, not wholly traded."""

from typing import Any

from monitoring.domain.live_orders import LIVE_MAX, OrderStep, live_orders


def step(kind: str, ref: str = "R1", **changes: Any) -> OrderStep:
    values: dict[str, Any] = {
        "event": kind, "time_ns": 1, "exchange": "SSE", "origin": "db", "account": "A",
        "symbol": "600000", "side": "buy", "price": 1, "quantity": 100, "order_ref": ref,
        "cancel_of": "", "counter": "",
    }  # fmt: skip
    return OrderStep(**(values | changes))


def live(*steps: OrderStep) -> list[tuple[str, int | None]]:
    return [(each.order_ref, each.live) for each in live_orders(steps)]


def test_an_order_is_live_until_it_is_traded_cancelled_or_rejected() -> None:
    order = step("order")
    assert live(order, step("confirm")) == [("R1", 100)]
    assert live(order, step("fill", quantity=40)) == [("R1", 60)]
    assert live(order, step("fill", quantity=40), step("fill", quantity=60)) == []
    assert live(order, step("cancel", "C1", cancel_of="R1")) == [("R1", 100)]
    assert live(order, step("cancelled", "C1", cancel_of="R1")) == []
    assert live(order, step("reject")) == []


def test_equal_references_of_two_databases_are_two_orders() -> None:
    assert live(step("order"), step("order", origin="other"), step("reject")) == [("R1", 100)]


def test_what_is_unknown_counts_as_live() -> None:
    assert live(step("order", quantity=None), step("fill")) == [("R1", None)]
    assert live(step("fill")) == []


def test_no_more_than_a_named_number_is_listed() -> None:
    steps = [step("order", f"R{number}") for number in range(LIVE_MAX + 1)]
    assert [ref for ref, _ in live(*steps)][:2] == ["R1", "R2"]
