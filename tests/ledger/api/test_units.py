"""Business units over REST: what is outside a unit's rights is refused, and nothing is done."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from ledger.actions.units import open_unit
from ledger.domain.direction import Direction
from ledger.models import BusinessUnit, LedgerAccount, LedgerTransaction
from riskgw.reference.models import ApiKey
from riskgw.wiring.roles import ensure_roles
from tests.ledger.books import account, figures, paid, transfer
from tests.pages import signed_in

pytestmark = pytest.mark.django_db

V1 = "/api/v1/ledger"
EVERYTHING = ("try", "confirm", "cancel", "read", "increase", "decrease")


class Caller:
    """A unit with its key."""

    def __init__(self, name: str, accounts: tuple[str, ...], without: str = "") -> None:
        asks = {f"may_{ask}": ask != without for ask in EVERYTHING}
        self.unit = BusinessUnit(name=name, **asks)
        self.key = open_unit(self.unit)
        self.unit.accounts.set(LedgerAccount.objects.filter(pk__in=accounts))
        self._client = Client(headers={"Authorization": f"Api-Key {self.key}"})

    def post(self, path: str, body: Any = None) -> tuple[int, Any]:
        answer = self._client.post(f"{V1}/{path}", body or {}, "application/json")
        return answer.status_code, answer.json()

    def get(self, path: str) -> tuple[int, Any]:
        answer = self._client.get(f"{V1}/{path}")
        return answer.status_code, answer.json()


def legs(payer: str, payee: str, amount: str = "1") -> dict[str, Any]:
    return {
        "legs": [
            {"account": payer, "side": "debit", "amount": amount},
            {"account": payee, "side": "credit", "amount": amount},
        ]
    }


@pytest.fixture(autouse=True)
def books() -> None:
    ensure_roles()
    account("cash", Direction.UNRESTRICTED)
    for name in ("a", "b", "c"):
        account(name)
    paid(transfer("opening", "cash", "a", "100"))


def problem(answer: tuple[int, Any]) -> tuple[int, str]:
    status, body = answer
    return status, body["type"].removeprefix("urn:riskgw:")


def test_a_unit_does_what_it_may() -> None:
    unit = Caller("desk", ("a", "b"))
    assert unit.post("transactions/t/try", legs("a", "b"))[1]["state"] == "tried"
    assert unit.post("transactions/t/confirm") == (200, {"state": "confirmed"})
    assert unit.post("transactions/u/try", legs("a", "b"))[1]["state"] == "tried"
    assert unit.post("transactions/u/cancel") == (200, {"state": "cancelled"})
    assert unit.get("accounts/a/balance")[1]["reserved"] == "2.00"
    assert unit.get("transactions/t")[1]["history"][0]["by"] == "unit:desk"


def test_an_account_of_another_is_refused_and_named() -> None:
    unit = Caller("desk", ("a", "b"))
    answer = unit.post("transactions/t/try", legs("a", "c"))
    assert problem(answer) == (403, "outside_rights")
    assert answer[1]["errors"] == [
        {
            "field": "t.legs.1.account", "code": "account_outside_rights",
            "detail": "c is not one of the unit's accounts.",
        }
    ]  # fmt: skip
    # Whether it is there is not told.
    same = unit.post("transactions/t/try", legs("a", "nobody"))[1]["errors"][0]["code"]
    assert same == "account_outside_rights"
    items = [{"id": "t", **legs("a", "b")}, {"id": "u", **legs("c", "b")}]
    assert problem(unit.post("transactions/bulk", {"items": items})) == (403, "outside_rights")
    for path in ("", "/balance", "/statement", "/period?first=2026-01-01&last=2026-12-31"):
        assert problem(unit.get(f"accounts/c{path}")) == (403, "account_outside_rights"), path
        assert unit.get(f"accounts/a{path}")[0] == 200, path
    assert not LedgerTransaction.objects.exclude(pk="opening").exists()
    assert figures("a") == (10_000, 0)


@pytest.mark.parametrize(
    ("without", "payer", "payee"), [("decrease", "a", "b"), ("increase", "cash", "b")]
)
def test_a_direction_that_a_unit_may_not_is_refused(without: str, payer: str, payee: str) -> None:
    unit = Caller("desk", ("a", "b", "cash"), without)
    answer = unit.post("transactions/t/try", legs(payer, payee))
    assert problem(answer) == (403, "outside_rights")
    assert {each["code"] for each in answer[1]["errors"]} == {"direction_outside_rights"}


@pytest.mark.parametrize("without", ["try", "confirm", "cancel", "read"])
def test_a_request_that_a_unit_may_not_is_refused(without: str) -> None:
    unit = Caller("desk", ("a", "b"), without)
    asks: dict[str, Callable[[], tuple[int, Any]]] = {
        "try": lambda: unit.post("transactions/t/try", legs("a", "b")),
        "confirm": lambda: unit.post("transactions/t/confirm"),
        "cancel": lambda: unit.post("transactions/t/cancel"),
        "read": lambda: unit.get("accounts/a/balance"),
    }
    for name, ask in asks.items():
        if name == without:
            assert problem(ask()) == (403, "ask_outside_rights")
        else:
            assert ask()[0] in (200, 404, 409), name
    if without == "confirm":
        item = {"id": "x", **legs("a", "b"), "confirm": True}
        answer = unit.post("transactions/bulk", {"items": [item]})
        assert problem(answer) == (403, "ask_outside_rights")


def test_what_another_unit_tried_is_not_its_own() -> None:
    first, second = Caller("first", ("a", "b")), Caller("second", ("a", "b"))
    first.post("transactions/t/try", legs("a", "b"))
    first.post("transactions/early/cancel")
    for name in ("t", "early", "opening"):
        for verb in ("confirm", "cancel"):
            answer = second.post(f"transactions/{name}/{verb}")
            assert problem(answer) == (403, "not_its_own"), (name, verb)
        assert problem(second.get(f"transactions/{name}")) == (403, "not_its_own")
    assert LedgerTransaction.objects.get(pk="t").state == "tried"


PEOPLES = (
    ("post", "accounts"), ("post", "accounts/a/freeze"), ("post", "accounts/a/unfreeze"),
    ("post", "accounts/a/close"), ("post", "transactions/opening/reverse"), ("get", "accounts"),
    ("get", "trial-balance"), ("get", "flow"), ("get", "refusals"), ("get", "in-flight"),
    ("get", "vouchers"), ("get", "overdraft-permits"), ("post", "vouchers"),
)  # fmt: skip


@pytest.mark.parametrize(("method", "path"), PEOPLES)
def test_what_is_for_people_is_for_no_unit(method: str, path: str) -> None:
    unit = Caller("desk", ("a", "b"))
    assert getattr(unit, method)(path)[0] == 403


UNITS = (
    ("post", "transactions/t/try"), ("post", "transactions/t/confirm"),
    ("post", "transactions/t/cancel"), ("post", "transactions/bulk"), ("get", "transactions/t"),
    ("get", "accounts/a"), ("get", "accounts/a/balance"), ("get", "accounts/a/statement"),
    ("get", "accounts/a/period"),
)  # fmt: skip


def status(client: Client, method: str, path: str) -> int:
    if method == "get":
        return client.get(f"{V1}/{path}").status_code
    return client.post(f"{V1}/{path}", {}, "application/json").status_code


@pytest.mark.parametrize(("method", "path"), UNITS + PEOPLES)
def test_a_stranger_is_refused_everywhere(method: str, path: str) -> None:
    for key in ("", "nobody's"):
        stranger = Client(headers={"Authorization": f"Api-Key {key}"})
        assert status(stranger, method, path) in (401, 403), key
    assert status(signed_in("trader"), method, path) == 403


def test_a_key_that_is_withdrawn_opens_nothing_for_long() -> None:
    unit = Caller("desk", ("a",))
    ApiKey.objects.filter(user=unit.unit.user).update(is_active=False)
    assert unit.get("accounts/a")[0] == 401


def test_a_unit_is_made_in_the_admin_and_its_key_is_shown_once() -> None:
    admin = signed_in("admin")
    form = {"name": "desk", "may_try": "on", "may_decrease": "on", "accounts": ["a"]}
    page = admin.post(reverse("admin:ledger_businessunit_add"), form, follow=True)
    text = page.content.decode()
    unit = BusinessUnit.objects.get()
    key = ApiKey.objects.get(user=unit.user)
    assert f"The key, which is shown only now: {key.prefix}" in text
    assert (unit.may_try, unit.may_confirm, list(unit.accounts.values_list("pk", flat=True))) == (
        True, False, ["a"],
    )  # fmt: skip
    assert not unit.user.has_usable_password()
    change = reverse("admin:ledger_businessunit_change", args=[unit.pk])
    assert "shown only now" not in admin.get(change).content.decode()
    assert signed_in("auditor").get(change).status_code == 200
    assert signed_in("trader").get(change).status_code == 403
    admin.post(change, {"may_read": "on", "accounts": ["b"]})
    unit.refresh_from_db()
    assert (unit.name, unit.may_try, unit.may_read) == ("desk", False, True)
