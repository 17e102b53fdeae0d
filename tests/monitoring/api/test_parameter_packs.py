"""Parameter packs by REST: a draft beside what stands, applied by a second person."""

import base64
from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client

from monitoring.models import ParameterPack, Rule, Threshold
from tests.pages import signed_in
from tests.stored_rules import CODE, stored_rule

pytestmark = pytest.mark.django_db

PACKS = "/api/v1/parameter-packs"
CSV = """rule,condition,level,product,value
Z01,z01_orders,warn,,240
Z01,z01_orders,warn,IF,320
Z01,z01_orders,limit,IF,400
"""


@pytest.fixture(autouse=True)
def rule() -> Rule:
    return stored_rule()


@pytest.fixture
def client() -> Client:
    return signed_in("risk")


@pytest.fixture
def second() -> Client:
    return signed_in("risk", "zhao")


def upload(client: Client, text: str = CSV, **changes: Any) -> Any:
    body = {
        "name": "December", "effective_from": "2026-12-01", "file_name": "pack.csv",
        "content": base64.b64encode(text.encode()).decode(),
    }  # fmt: skip
    return client.post(PACKS, body | changes, "application/json")


def decide(client: Client, number: int, verb: str, **body: Any) -> Any:
    return client.post(f"{PACKS}/{number}/{verb}", body, "application/json")


def scoped() -> int:
    return Threshold.objects.filter(condition__rule__code=CODE, product="IF").count()


def test_a_file_becomes_a_draft_beside_what_stands(client: Client) -> None:
    answer = upload(client)
    assert answer.status_code == HTTPStatus.CREATED
    pack = answer.json()
    assert (pack["state"], pack["author"], pack["line_count"]) == ("draft", "risk", 3)
    assert pack["counts"] == {"same": 1, "added": 2}
    lines = [(each["kind"], each["whom"], each["old"], each["new"]) for each in pack["lines"]]
    assert lines == [
        ("added", "product IF", None, "320"),
        ("added", "product IF", None, "400"),
        ("same", "all", "240", "240"),
    ]
    assert client.get(f"{PACKS}/{pack['id']}").json() == pack
    assert [each["id"] for each in client.get(f"{PACKS}?state=draft").json()["results"]] == [
        pack["id"]
    ]
    assert scoped() == 0


def test_a_pack_is_applied_by_another_and_says_what_it_replaced(
    client: Client, second: Client
) -> None:
    number = upload(client).json()["id"]
    own = decide(client, number, "apply")
    assert own.status_code == HTTPStatus.FORBIDDEN
    assert own.json()["type"] == "urn:riskgw:second_person"
    assert scoped() == 0
    applied = decide(second, number, "apply", reason="as the notice says").json()
    assert (applied["state"], applied["decided_by"]) == ("applied", "zhao")
    assert applied["counts"] == {"same": 1, "added": 2}
    assert scoped() == 2
    assert decide(second, number, "apply").status_code == HTTPStatus.CONFLICT


def test_a_pack_that_is_turned_down_changes_nothing(client: Client, second: Client) -> None:
    number = upload(client).json()["id"]
    assert decide(second, number, "reject").status_code == HTTPStatus.BAD_REQUEST
    assert decide(second, number, "reject", reason="no").json()["state"] == "rejected"
    assert scoped() == 0


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"content": "%%%"}, 400, "content"),
        ({"content": ""}, 400, "content"),
        ({"effective_from": "soon"}, 400, "effective_from"),
        ({"name": "x" * 81}, 400, "name"),
        ({"file_name": "pack.exe"}, 422, "content"),
        ({"text": "rule\nZ01"}, 422, "content"),
        ({"text": CSV.replace("z01_orders", "others", 1)}, 422, "2.condition"),
        ({"text": CSV.replace("320", "much")}, 422, "3.value"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_at_its_line(
    client: Client, changes: dict[str, Any], status: int, field: str
) -> None:
    answer = upload(client, **changes)
    assert answer.status_code == status
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not ParameterPack.objects.exists()


def test_a_pack_that_is_not_there_is_not_found(client: Client) -> None:
    assert client.get(f"{PACKS}/999999").status_code == HTTPStatus.NOT_FOUND
