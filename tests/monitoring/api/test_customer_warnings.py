"""Customer warnings by REST: a counter sees and acknowledges its own, with its API key."""

from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client

from monitoring.models import CustomerWarning
from riskgw.reference.api_keys import store_key
from riskgw.reference.models import Counter
from riskgw.wiring.roles import ensure_roles
from tests.pages import signed_in
from tests.telling import account, stored, user

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/customer-warnings"


def key_of(counter: str | None) -> dict[str, str]:
    """The header of a program with the role of counters."""
    owner = user(f"program of {counter}")
    owner.groups.set([ensure_roles()["counter"]])
    row = Counter.objects.get_or_create(code=counter)[0] if counter else None
    store_key("test", owner, f"key-of-{counter}", row)
    return {"authorization": f"Api-Key key-of-{counter}"}


@pytest.fixture
def warning() -> CustomerWarning:
    """Of an account of the counter ALPHA, by the text that ships."""
    account()
    stored()
    return CustomerWarning.objects.get()


def ids(headers: dict[str, str], query: str = "") -> list[int]:
    answer = Client().get(f"{ADDRESS}?{query}", headers=headers)
    assert answer.status_code == HTTPStatus.OK, answer.json()
    return [each["id"] for each in answer.json()["results"]]


def acknowledge(warning: CustomerWarning, headers: dict[str, str]) -> Any:
    return Client().post(
        f"{ADDRESS}/{warning.pk}/acknowledge",
        {"comment": "shown"},
        "application/json",
        headers=headers,
    )


def test_the_text_that_ships_names_what_is_left(warning: CustomerWarning) -> None:
    assert "16000, limit 20000, 4000 left" in warning.text_en
    assert "还剩 4000" in warning.text_zh


def test_a_counter_acknowledges_its_own_warning_once(warning: CustomerWarning) -> None:
    headers = key_of("ALPHA")
    shown = acknowledge(warning, headers)
    assert shown.status_code == HTTPStatus.OK
    assert shown.json()["acknowledged_by"] == "program of ALPHA"
    assert shown.json()["comment"] == "shown"
    assert acknowledge(warning, headers).status_code == HTTPStatus.CONFLICT
    assert ids(headers, "state=open") == []
    assert ids(headers, "state=acknowledged") == [warning.pk]


def test_a_counter_learns_nothing_of_anothers_warnings(warning: CustomerWarning) -> None:
    headers = key_of("BETA")
    assert ids(headers) == []
    assert acknowledge(warning, headers).status_code == HTTPStatus.NOT_FOUND
    answer = Client().get(f"{ADDRESS}/{warning.pk}", headers=headers)
    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert CustomerWarning.objects.get().acknowledged_at is None


def test_people_see_warnings_and_leave_it_to_counters_to_acknowledge(
    warning: CustomerWarning,
) -> None:
    for role in ("risk", "trader", "auditor"):
        client = signed_in(role)
        assert client.get(f"{ADDRESS}/{warning.pk}").json()["alert"] == "n1"
        refused = client.post(f"{ADDRESS}/{warning.pk}/acknowledge", {}, "application/json")
        assert refused.status_code == HTTPStatus.FORBIDDEN
    assert Client().get(ADDRESS).status_code == HTTPStatus.UNAUTHORIZED


def test_warnings_are_found_by_rule_level_account_counter_and_time(
    warning: CustomerWarning,
) -> None:
    headers = key_of(None)
    for query in ("rule=P01", "level=warn", "account=A000000007", "counter=ALPHA", "since=0"):
        assert ids(headers, query) == [warning.pk], query
    for query in ("rule=P03", "level=limit", "account=A00000000", "since=2100-01-01T00:00:00Z"):
        assert ids(headers, query) == [], query
