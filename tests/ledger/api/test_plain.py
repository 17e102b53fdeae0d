"""What is read without a serializer is what the serializer reads."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import APIException

from ledger.actions.known_accounts import Kind
from ledger.actions.try_transactions import Outcome
from ledger.api.plain import PlainTry, is_plain
from ledger.api.results import StateResult, TryResult, try_shown
from ledger.api.transactions import BulkTry, CancelTransaction, ConfirmTransaction, TryTransaction
from ledger.domain.direction import Direction, Side
from ledger.domain.legs import Leg, Request
from ledger.domain.transaction import State
from riskgw.web.handlers import Handler
from riskgw.web.problems import Problem

LEG = {"account": "a", "side": "debit", "amount": "1.00"}
BODY = {"id": "t", "legs": [LEG, {**LEG, "side": "credit"}]}
USUAL: list[tuple[type[Handler], Mapping[str, Any]]] = [
    (TryTransaction, BODY),
    (TryTransaction, {**BODY, "memo": "two words"}),
    (TryTransaction, {**BODY, "memo": ""}),
    (BulkTry, {"items": [BODY, {**BODY, "id": "u", "confirm": True}]}),
    (ConfirmTransaction, {"id": "t"}),
    (CancelTransaction, {"id": "t"}),
]
UNUSUAL: list[tuple[type[Handler], Mapping[str, Any]]] = [
    (TryTransaction, {**BODY, "value_date": "2026-11-23"}),
    (TryTransaction, {**BODY, "memo": " much space "}),
    (TryTransaction, {**BODY, "memo": "金额"}),
    (TryTransaction, {**BODY, "legs": [{**LEG, "currency": "CNY"}]}),
    (BulkTry, {"items": [{**BODY, "confirm": "yes"}]}),
]
WRONG: list[tuple[type[Handler], Mapping[str, Any]]] = [
    (TryTransaction, {**BODY, "legs": []}),
    (TryTransaction, {**BODY, "legs": [LEG] * 101}),
    (TryTransaction, {**BODY, "legs": [{**LEG, "amount": 1}]}),
    (TryTransaction, {**BODY, "legs": [{**LEG, "amount": "1" * 31}]}),
    (TryTransaction, {**BODY, "legs": [{**LEG, "side": "left"}]}),
    (TryTransaction, {**BODY, "legs": "legs"}),
    (TryTransaction, {**BODY, "memo": "m" * 201}),
    (TryTransaction, {**BODY, "sum": "1"}),
    (TryTransaction, {**BODY, "id": "t" * 65}),
    (BulkTry, {"items": []}),
    (BulkTry, {"items": [BODY] * 1001}),
    (ConfirmTransaction, {"id": "t", "why": "so"}),
    (ConfirmTransaction, {}),
]


def as_serialized(handler: type[Handler], given: Mapping[str, Any]) -> dict[str, Any]:
    class Plainest(handler):  # type: ignore[misc, valid-type]  # any of them
        read = Handler.__dict__["read"]

    found: dict[str, Any] = Plainest.read(given)
    return found


@pytest.mark.parametrize(("handler", "given"), USUAL)
def test_what_is_usual_is_read_as_the_serializer_reads_it(
    handler: type[Handler], given: Mapping[str, Any]
) -> None:
    expected = as_serialized(handler, given)
    for item in expected.get("items", []):
        # Said where it was not.
        item.pop("confirm") if item["confirm"] is False else None
    assert handler.read(given) == expected


@pytest.mark.parametrize(("handler", "given"), UNUSUAL)
def test_what_is_unusual_is_read_by_the_serializer(
    handler: type[Handler], given: Mapping[str, Any]
) -> None:
    assert handler.read(given) == as_serialized(handler, given)


@pytest.mark.parametrize(("handler", "given"), WRONG)
def test_what_is_wrong_is_refused(handler: type[Handler], given: Mapping[str, Any]) -> None:
    with pytest.raises((APIException, Problem)):
        handler.read(given)


@given(st.text(max_size=70), st.text(max_size=35), st.text(max_size=10))
def test_no_text_is_plain_that_the_serializer_refuses_or_changes(
    name: str, amount: str, memo: str
) -> None:
    for body in (
        {**BODY, "id": name},
        {**BODY, "memo": memo},
        {**BODY, "legs": [{**LEG, "account": name}]},
        {**BODY, "legs": [{**LEG, "amount": amount}]},
    ):
        if is_plain(body, PlainTry):
            assert as_serialized(TryTransaction, body) == {"memo": "", **body}


def test_an_answer_is_what_its_description_says() -> None:
    wanted = Request("t", (Leg("a", Side.DEBIT, 100), Leg("b", Side.CREDIT, 100)))
    kinds = {name: Kind(Direction.CREDIT, "CNY") for name in ("a", "b")}
    shown = try_shown(Outcome(wanted, State.REJECTED, "insufficient", kinds))
    assert TryResult(shown).data == shown
    assert StateResult({"state": "tried"}).data == {"state": "tried"}
