"""What a body may be, and a time in it: all else is refused by name, wherever it is sent."""

from http import HTTPStatus
from io import BytesIO
from typing import Any

import pytest
from django.conf import settings
from rest_framework.exceptions import ParseError, ValidationError

from riskgw.web.bodies import BodyParser
from riskgw.web.fields import InstantField, MomentField
from tests.pages import ADMIN, signed_in

LANGUAGE = "/api/v1/session/language"
JSON = "application/json"


def parsed(body: bytes, encoding: str = "utf-8") -> Any:
    return BodyParser().parse(BytesIO(body), JSON, {"encoding": encoding})


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (b'{"a": "\\ud835\\udd18", "b": "\\\\ud800"}', "utf-8"),
        ('{"a": "𝔘", "b": "\\\\ud800"}'.encode("utf-16"), "utf-16"),
    ],
)
def test_whole_characters_are_read_however_they_are_written(body: bytes, encoding: str) -> None:
    assert parsed(body, encoding) == {"a": "𝔘", "b": "\\ud800"}


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000, b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        b'{"a": "\\ud800"}', b'{"\\uDfff": 1}', b'{"a": "\\ud835 \\udd18"}',
        b'{"a": NaN}', b'{"a": -Infinity}', b'{"a": ' + b"9" * 5_000 + b"}", b"\xff\xfe{}", b"{",
    ],
    ids=lambda body: body[:16].decode("latin1"),
)  # fmt: skip
def test_a_body_that_nothing_could_hold_is_refused(body: bytes) -> None:
    with pytest.raises(ParseError):
        parsed(body)


@pytest.mark.django_db
def test_a_refused_body_is_a_problem_like_any_other() -> None:
    client = signed_in("risk")
    for body in (b'{"a":' * 50_000, b'{"language": "\\ud800"}'):
        answer = client.post(LANGUAGE, body, JSON)
        assert answer.status_code == HTTPStatus.BAD_REQUEST
        assert answer.json()["type"] == "urn:riskgw:parse_error"


@pytest.mark.django_db
def test_a_body_beyond_the_limit_is_refused_before_it_is_read() -> None:
    client = signed_in("risk")
    size = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    for more, status in ((0, HTTPStatus.BAD_REQUEST), (1, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)):
        answer = client.post(LANGUAGE, b" " * (size + more - 2) + b"{}", JSON)
        assert answer.status_code == status
    assert answer.json()["type"] == "urn:riskgw:too_large"


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "9999-12-31",
        "1969-12-31T23:59:59Z", "2262-01-01T00:00:01Z",
    ],
)  # fmt: skip
@pytest.mark.parametrize("field", [MomentField, InstantField])
def test_a_time_that_not_every_zone_and_database_has_is_refused(
    field: type[MomentField], text: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        field().run_validation(text)
    assert refused.value.get_codes() == ["overflow"]


def test_the_first_and_the_last_time_are_read() -> None:
    assert InstantField().run_validation("1970-01-01T00:00:00Z") == 0
    assert InstantField().run_validation("2262-01-01T00:00:00Z") == 9_214_646_400_000_000_000
    assert MomentField().run_validation("2026-11-23T10:00:00+08:00").hour == 10


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    ["orders?since", "alerts/export?since", "logs?until", "ledger/accounts/a/balance?at"],
)
def test_a_list_since_the_year_one_is_refused(address: str) -> None:
    answer = signed_in(ADMIN).get(f"/api/v1/{address}=0001-01-01T00:00:00")
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert [error["code"] for error in answer.json()["errors"]] == ["overflow"]
