"""The HTTP table: who gets an answer from which row, and what every refusal looks like."""

import dataclasses
import gc
import json
import re
from http import HTTPStatus
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import URLPattern

from riskgw.urls import ENDPOINTS
from riskgw.web.handlers import Endpoint
from riskgw.web.http import routes
from tests.pages import ADMIN, signed_in
from tests.riskgw.web.watching import Traces, watched
from tests.sockets import token_of

pytestmark = pytest.mark.django_db

EVERYBODY = "risk ops trader accountant auditor counter agent"
# Who may ask what; the superuser may ask everything.
ALLOWED = {
    "GET session": EVERYBODY,
    "POST session/language": EVERYBODY,
    "GET alerts": "risk ops trader auditor",
    "GET alerts/export": "risk ops trader auditor",
    "GET alerts/owners": "risk ops",
    "GET alerts/<str:id>": "risk ops trader auditor",
    "GET alerts/<str:id>/host": "risk ops auditor",
    "GET alerts/<str:id>/notes": "risk ops trader auditor",
    "GET alerts/<str:id>/deliveries": "risk ops auditor",
    "GET alerts/<str:id>/orders": "risk ops trader auditor",
    "POST alerts/<str:id>/acknowledge": "risk ops",
    "POST alerts/<str:id>/assign": "risk ops",
    "POST alerts/<str:id>/comment": "risk ops",
    "POST alerts/<str:id>/close": "risk ops",
    "POST alerts/<str:id>/reopen": "risk ops",
    "GET silences": "risk ops trader auditor",
    "POST silences": "risk",
    "GET silences/<int:id>": "risk ops trader auditor",
    "POST silences/<int:id>/extend": "risk",
    "POST silences/<int:id>/end": "risk",
    "GET customer-warnings": "risk ops trader auditor counter",
    "GET customer-warnings/<int:id>": "risk ops trader auditor counter",
    "POST customer-warnings/<int:id>/acknowledge": "counter",
    "GET webhook-deliveries": "risk ops auditor",
    "POST webhook-deliveries/<str:id>/resend": "ops",
    "GET orders": "risk ops trader auditor",
    "GET orders/export": "risk ops trader auditor",
    "POST orders": "counter",
    "POST executions": "counter",
    "POST quotes": "counter",
    "POST quote-requests": "counter",
    "POST positions": "counter",
    "POST funds": "counter",
    "POST orders/check": "risk counter",
    "GET headroom": "risk ops trader auditor counter",
    "GET customers": "risk ops trader auditor counter",
    "GET customers/<str:id>/live": "risk ops trader auditor counter",
    "GET customers/<str:id>/live/export": "risk ops trader auditor counter",
    "GET groups/<str:id>/live": "risk ops trader auditor counter",
    "GET groups/<str:id>/live/export": "risk ops trader auditor counter",
    "GET accounts/<str:id>/live": "risk ops trader auditor counter",
    "GET accounts/<str:id>/live/export": "risk ops trader auditor counter",
    "GET restrictions": "risk ops trader auditor counter",
    "GET restrictions/export": "risk ops trader auditor counter",
    "POST restrictions": "risk",
    "GET restrictions/<str:id>": "risk ops trader auditor counter",
    "POST restrictions/<str:id>/release": "risk trader",
    "GET restrictions/<str:id>/orders": "risk trader",
    "POST restrictions/<str:id>/cancel-orders": "risk trader",
    "GET sessions": "risk ops trader auditor",
    "GET sessions/export": "risk ops trader auditor",
    "GET problems": "risk ops trader auditor",
    "GET problems/export": "risk ops trader auditor",
    "GET thresholds": "risk ops trader auditor",
    "GET indicators": "risk ops trader auditor",
    "PATCH thresholds/<int:id>": "risk",
    "GET rules": "risk ops trader auditor",
    "GET rules/<str:code>": "risk ops trader auditor",
    "GET rules/<str:code>/versions": "risk ops trader auditor",
    "POST rules/<str:code>/versions": "risk",
    "POST rules/<str:code>/mode": "risk",
    "POST rules/<str:code>/versions/<int:number>/approve": "risk",
    "POST rules/<str:code>/versions/<int:number>/reject": "risk",
    "POST rules/<str:code>/versions/<int:number>/withdraw": "risk",
    "GET parameter-packs": "risk auditor",
    "POST parameter-packs": "risk",
    "GET parameter-packs/<int:id>": "risk auditor",
    "POST parameter-packs/<int:id>/apply": "risk",
    "POST parameter-packs/<int:id>/reject": "risk",
    "GET backtests": "risk ops trader auditor",
    "POST backtests": "risk",
    "GET backtests/days": "risk ops trader auditor",
    "GET backtests/<int:id>": "risk ops trader auditor",
    "POST backtests/<int:id>/cancel": "risk",
    "GET backtests/<int:id>/alerts": "risk ops trader auditor",
    "GET backtests/<int:id>/alerts/export": "risk ops trader auditor",
    "GET contracts": "risk ops trader auditor",
    "POST hosts/<str:id>/samples": "agent",
    "GET hosts": "risk ops auditor",
    "GET hosts/<str:name>": "risk ops auditor",
    "GET metrics/system": "risk ops auditor",
    "GET metrics/system/export": "risk ops auditor",
    "GET metrics/system/thresholds": "risk ops auditor",
    "GET metrics/business": "risk ops trader auditor",
    "GET metrics/business/export": "risk ops trader auditor",
    "GET metrics/business/series": "risk ops trader auditor",
    "GET metrics/business/thresholds": "risk ops trader auditor",
    "PATCH metrics/business/thresholds/<int:id>": "risk",
    "GET data-files": "risk ops auditor",
    "POST data-files": "ops",
    "GET data-files/folder": "risk ops auditor",
    "GET data-files/<int:id>": "risk ops auditor",
    "POST data-files/<int:id>/again": "ops",
    "GET data-files/<int:id>/rejects": "risk ops auditor",
    "GET data-files/<int:id>/rejects/export": "risk ops auditor",
    "GET logs": "risk ops auditor",
    "GET logs/totals": "risk ops auditor",
    "GET logs/export": "risk ops auditor",
    "GET modules": "risk ops auditor",
    "POST modules/<str:name>/load": "ops",
    "POST modules/<str:name>/reload": "ops",
    "POST modules/<str:name>/disable": "ops",
    "GET ledger/accounts": "accountant auditor",
    "POST ledger/accounts": "accountant",
    "GET ledger/accounts/<str:id>": "accountant auditor",
    "POST ledger/accounts/<str:id>/freeze": "accountant",
    "POST ledger/accounts/<str:id>/unfreeze": "accountant",
    "POST ledger/accounts/<str:id>/close": "accountant",
    "GET ledger/accounts/<str:id>/balance": "accountant auditor",
    "GET ledger/accounts/<str:id>/statement": "accountant auditor",
    "GET ledger/accounts/<str:id>/period": "accountant auditor",
    "POST ledger/transactions/bulk": "accountant",
    "GET ledger/transactions/<str:id>": "accountant auditor",
    "POST ledger/transactions/<str:id>/try": "accountant",
    "POST ledger/transactions/<str:id>/confirm": "accountant",
    "POST ledger/transactions/<str:id>/cancel": "accountant",
    "POST ledger/transactions/<str:id>/reverse": "accountant",
    "GET ledger/trial-balance": "accountant auditor",
    "GET ledger/flow": "accountant auditor",
    "GET ledger/posting": "accountant auditor",
    "GET ledger/days": "accountant auditor",
    "GET ledger/hot-accounts": "accountant auditor",
    "GET ledger/in-flight": "accountant auditor",
    "GET ledger/in-flight/export": "accountant auditor",
    "GET ledger/refusals": "accountant auditor",
    "GET ledger/refusals/export": "accountant auditor",
    "GET ledger/account-list/export": "accountant auditor",
    "GET ledger/accounts/<str:id>/changes": "accountant auditor",
    "GET ledger/accounts/<str:id>/statement/export": "accountant auditor",
    "GET quoting/pairs": "risk ops trader auditor",
    "GET quoting/pairs/<str:pair>": "risk ops trader auditor",
    "GET quoting/pairs/<str:pair>/details": "risk ops trader auditor",
    "GET quoting/pairs/<str:pair>/usage": "risk ops trader auditor",
    **{
        f"POST quoting/pairs/<str:pair>/cells/<str:side>/<int:level>/{what}": "trader"
        for what in ("start", "stop", "clear", "nudge", "price")
    },
    "POST quoting/pairs/<str:pair>/feed": "trader",
    "POST quoting/pairs/<str:pair>/start-all": "trader",
    "POST quoting/pairs/<str:pair>/stop-all": "risk trader",
    "POST quoting/stop-all": "risk trader",
    "GET quoting/deals": "risk trader auditor",
    "GET quoting/actions": "risk trader auditor",
    **{
        f"{method} ledger/{what}{path}": roles
        for what in ("vouchers", "overdraft-permits")
        for method, path, roles in (
            ("GET", "", "accountant auditor"),
            ("POST", "", "accountant"),
            ("GET", "/<str:id>", "accountant auditor"),
            ("POST", "/<str:id>/approve", "accountant"),
            ("POST", "/<str:id>/reject", "accountant"),
            ("POST", "/<str:id>/withdraw", "accountant"),
        )
    },
}
ROWS = {f"{row.method} {row.path}": row for row in ENDPOINTS}
PROBLEM = {"type", "title", "status", "detail", "errors"}


def ask(client: Client, row: Endpoint, **headers: str) -> Any:
    """A request of the right form for something that is not there."""
    address = "/api/v1/" + re.sub(r"<[^>]+>", "999999", row.path)
    return client.generic(row.method, address, content_type="application/json", headers=headers)


def test_every_row_of_the_table_stands_in_this_test() -> None:
    assert set(ALLOWED) == set(ROWS)
    assert len(ROWS) == len(ENDPOINTS)


@pytest.mark.parametrize("name", ROWS)
def test_a_stranger_is_refused(name: str) -> None:
    for headers in ({}, {"authorization": "Token nonsense"}):
        answer = ask(Client(), ROWS[name], **headers)
        assert answer.status_code == HTTPStatus.UNAUTHORIZED
        assert answer["Content-Type"] == "application/problem+json"
        assert answer["WWW-Authenticate"] == "Token"
        assert answer.json().keys() == PROBLEM


@pytest.mark.parametrize("role", [*EVERYBODY.split(), ADMIN])
def test_a_role_gets_its_own_answers_and_no_others(role: str) -> None:
    client = signed_in(role)
    token = token_of(role)
    for name, row in ROWS.items():
        for answer in (
            ask(client, row),
            ask(Client(), row, authorization=f"Token {token}"),
        ):
            is_refused = answer.status_code == HTTPStatus.FORBIDDEN
            assert is_refused == (role != ADMIN and role not in ALLOWED[name].split()), name
            assert answer.status_code != HTTPStatus.UNAUTHORIZED
            if answer.status_code >= 400:
                assert answer["Content-Type"] == "application/problem+json"
                assert answer.json()["status"] == answer.status_code


def test_a_session_changes_nothing_without_the_page_it_belongs_to() -> None:
    client = signed_in("risk")
    client.handler.enforce_csrf_checks = True
    answer = client.post("/api/v1/session/language", {"language": "en"}, "application/json")
    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert "CSRF" in answer.json()["detail"]


def test_a_locked_user_is_a_stranger() -> None:
    signed_in("risk")
    token = token_of("risk")
    User.objects.update(is_active=False)
    answer = Client().get("/api/v1/session", headers={"authorization": f"Token {token}"})
    assert answer.status_code == HTTPStatus.UNAUTHORIZED


def test_what_no_row_names_is_not_there_and_strangers_do_not_learn_it() -> None:
    assert Client().get("/api/v1/nothing").status_code == HTTPStatus.UNAUTHORIZED
    answer = signed_in("risk").get("/api/v1/nothing")
    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert answer.json()["type"] == "urn:riskgw:not_found"


def test_another_method_is_refused_in_the_same_form() -> None:
    answer = signed_in("risk").delete("/api/v1/session")
    assert answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert answer.json().keys() == PROBLEM


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"{", "application/json"), (b"[1]", "application/json"), (b'"a"', "application/json")],
)
def test_a_body_that_is_no_object_is_refused(body: bytes, kind: str) -> None:
    answer = signed_in("risk").post("/api/v1/session/language", body, kind)
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert answer.json().keys() == PROBLEM


def test_a_body_of_another_kind_is_refused() -> None:
    answer = signed_in("risk").post("/api/v1/session/language", {"language": "en"})
    assert answer.status_code == HTTPStatus.UNSUPPORTED_MEDIA_TYPE


def test_every_argument_that_is_wrong_is_named() -> None:
    answer = signed_in("risk").get("/api/v1/alerts?state=sleeping&day=someday")
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    found = {(error["field"], error["code"]) for error in answer.json()["errors"]}
    assert found == {("state", "invalid_choice"), ("day", "invalid")}


def test_an_argument_that_does_not_exist_is_refused() -> None:
    answer = signed_in("risk").get("/api/v1/alerts?acount=A1")
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert [error["field"] for error in answer.json()["errors"]] == ["acount"]


def test_a_session_says_who_and_where() -> None:
    session = signed_in("trader").get("/api/v1/session").json()
    assert session["user"] == "trader"
    assert session["roles"] == ["trader"]
    assert "reference.view_contract" in session["permissions"]
    assert session["language"] == "en"
    assert session["environment"] == "simulated"


def test_a_language_is_remembered_by_the_browser() -> None:
    client = signed_in("trader")
    answer = client.post("/api/v1/session/language", {"language": "zh-hans"}, "application/json")
    assert answer.json()["language"] == "zh-hans"
    assert client.get("/api/v1/session").json()["language"] == "zh-hans"


def test_a_language_we_do_not_speak_is_refused() -> None:
    client = signed_in("trader")
    answer = client.post("/api/v1/session/language", {"language": "tlh"}, "application/json")
    assert answer.status_code == HTTPStatus.BAD_REQUEST


def answer_of(patterns: list[URLPattern], request: HttpRequest, path: str) -> Any:
    for pattern in patterns:
        if match := pattern.resolve(path):
            return match.func(request, *match.args, **match.kwargs)
    raise AssertionError(path)


@pytest.mark.parametrize("name", ROWS)
def test_a_handler_is_gone_when_its_request_is_answered(name: str) -> None:
    seen: Traces = []
    row = ROWS[name]
    path = re.sub(r"<[^>]+>", "999999", row.path)
    bodies: list[dict[str, Any]] = [
        {}, {"comment": "seen"}, {"value": "1"}, {"language": "en"}
    ]  # fmt: skip
    signed_in(ADMIN)
    token = token_of(ADMIN)
    gc.disable()
    try:
        for body in bodies:
            request = RequestFactory().generic(
                row.method, f"/{path}", json.dumps(body), "application/json",
                headers={"authorization": f"Token {token}"},
            )  # fmt: skip
            answer = answer_of(
                routes([dataclasses.replace(row, handler=watched(row.handler, seen))]),
                request,
                path,
            )
            assert answer.status_code != HTTPStatus.FORBIDDEN
        assert len(seen) == len(bodies)
        assert [each() for each in seen] == [None] * len(seen)
    finally:
        gc.enable()


def test_no_handler_is_made_for_who_may_not_ask() -> None:
    seen: Traces = []
    signed_in("trader")
    headers = {"authorization": f"Token {token_of('trader')}"}
    row = ROWS["PATCH thresholds/<int:id>"]
    patterns = routes([dataclasses.replace(row, handler=watched(row.handler, seen))])
    request = RequestFactory().patch("/thresholds/1", "{}", "application/json", headers=headers)
    assert answer_of(patterns, request, "thresholds/1").status_code == HTTPStatus.FORBIDDEN
    assert seen == []
