"""Alerts, orders, restrictions and problems as files: what is filtered, and never a formula."""

import csv
from http import HTTPStatus
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from openpyxl import load_workbook

from monitoring.actions.store_alerts import store_alerts
from monitoring.actions.store_restrictions import store_restrictions
from monitoring.api.exports import ExportOrders
from monitoring.models import OrderRecord, Restriction
from riskgw.kernel.words import Level
from riskgw.messages.alert import Reading
from riskgw.messages.restriction import Act
from riskgw.messages.restriction import Restriction as Told
from riskgw.reference.api_keys import new_key, store_key
from riskgw.reference.models import Counter
from riskgw.web.exports import EXPORTS_AT_ONCE_MAX, turn
from riskgw.web.handlers import Call
from tests.alerts import alert_message
from tests.days import MONDAY
from tests.monitoring.api.test_flow import problem
from tests.pages import signed_in
from tests.rules import OPEN_NS

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return signed_in("auditor")


def order(series: int, **changes: Any) -> None:
    values: dict[str, Any] = {
        "trading_day": MONDAY, "shard": 0, "series": series, "event": "order", "exchange": "SZSE",
        "account": "0001", "symbol": "000001", "side": "buy", "price": 1_234_500,
        "quantity": 100_000, "order_ref": f"R{series}", "time_ns": OPEN_NS + series * 1_000_000,
        "at_ns": OPEN_NS,
    }  # fmt: skip
    OrderRecord.objects.create(**(values | changes))


def answered(client: Client, address: str) -> Any:
    answer = client.get(f"/api/v1/{address}")
    assert answer.status_code == HTTPStatus.OK, answer.content
    return answer


def csv_of(answer: Any) -> list[dict[str, str]]:
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"), newline="")))


def sheet_of(answer: Any) -> list[tuple[Any, ...]]:
    (sheet,) = load_workbook(BytesIO(answer.content)).worksheets
    return list(sheet.iter_rows(values_only=True))


def test_orders_are_exported_as_they_are_filtered_newest_first(client: Client) -> None:
    for series in (1, 2):
        order(series)
    order(3, account="0002")
    answer = answered(client, "orders/export?account=0001&event=order")
    newest, oldest = csv_of(answer)
    assert newest == {
        "id": f"{MONDAY}.0.2", "time (UTC+8)": "2026-11-23 09:30:00.002",
        "trading_day": "2026-11-23", "exchange": "SZSE", "event": "order", "account": "0001",
        "symbol": "000001", "side": "buy", "price": "12.34500", "quantity": "100.000",
        "order_ref": "R2", "cancel_of": "", "exec_ref": "", "outcome": "", "counter": "",
        "access_system": "", "conn": "", "late": "false",
    }  # fmt: skip
    assert oldest["order_ref"] == "R1"
    assert answer["Content-Disposition"] == 'attachment; filename="orders.csv"'
    assert (answer["X-Export-Rows"], answer["X-Export-Cut"]) == ("2", "false")


def test_a_workbook_has_text_as_text_and_numbers_as_numbers(client: Client) -> None:
    order(1, price=None)
    header, row = sheet_of(answered(client, "orders/export?kind=xlsx"))
    cells = dict(zip(header, row, strict=True))
    assert cells["account"] == "0001"
    assert cells["quantity"] == 100
    assert cells["price"] is None


def test_an_alert_is_exported_with_each_value_beside_its_threshold(client: Client) -> None:
    alerts = [alert_message(level=level) for level in (Level.WARN, Level.LIMIT)]
    store_alerts(alerts, ["1", "2"])
    (row,) = csv_of(answered(client, "alerts/export?level=limit"))
    assert row["rule"] == "P01"
    assert row["level"] == "limit"
    assert row["state"] == "open"
    assert row["key"] == "account=A000000007"
    assert row["values"] == "Submissions in 1 s 5 ≥ 240; Submissions today 16,000 ≥ 16,000"
    assert row["handled_by"] == row["handled_at (UTC+8)"] == ""


def test_an_exported_alert_calls_indicators_as_its_reader_does(client: Client) -> None:
    unknown = Reading("no_more", 5, "gt", "12.50", "percent")
    known = alert_message().values[0]
    store_alerts([alert_message(values=(known, unknown))], ["1"])
    answer = client.get("/api/v1/alerts/export", headers={"accept-language": "zh-hans"})
    (row,) = csv_of(answer)
    assert row["values"] == "一秒内报撤单笔数 5 ≥ 240; no_more 5 % > 12.5 %"


def restriction(number: str, account: str = "A", counter: str = "ALPHA") -> Restriction:
    told = Told(
        id=number, scope={"account": account, "contract": "SSE:600000"}, reason="P01 restrict",
        mask=(Act.OPEN, Act.CLOSE), since_ns=OPEN_NS, alert=number, counters=(counter,),
    )  # fmt: skip
    store_restrictions([told])
    return Restriction.objects.get(number=number)


def test_a_restriction_is_exported_with_its_end_and_its_reasons(client: Client) -> None:
    released = restriction("R1")
    restriction("R2", account="B")
    Restriction.objects.filter(pk=released.pk).update(
        state="released", release_reason="=settled", released_at=released.since,
        released_by=User.objects.create(username="ann"),
    )  # fmt: skip
    (row,) = csv_of(answered(client, "restrictions/export?state=released&scope=A"))
    assert row == {
        "id": "R1", "since (UTC+8)": "2026-11-23 09:30:00.000", "state": "released",
        "scope": "account=A contract=SSE:600000", "mask": "open close", "rule": "", "level": "",
        "reason": "P01 restrict", "alert": "R1", "made_by": "", "release": "trader",
        "proposed_by": "", "released (UTC+8)": "2026-11-23 09:30:00.000", "released_by": "ann",
        "release_reason": "'=settled", "counters": "ALPHA",
    }  # fmt: skip
    rows = sheet_of(answered(client, "restrictions/export?kind=xlsx"))
    assert [each[0] for each in rows] == ["id", "R2", "R1"]


def test_a_counters_key_exports_the_restrictions_of_its_counter() -> None:
    signed_in("counter")
    key = new_key()
    counter = Counter.objects.create(code="ALPHA")
    store_key("test", User.objects.get(username="counter"), key, counter)
    for number, told in (("R1", "ALPHA"), ("R2", "BETA")):
        restriction(number, counter=told)
    answer = Client().get(
        "/api/v1/restrictions/export", headers={"authorization": f"Api-Key {key}"}
    )
    assert [row["id"] for row in csv_of(answer)] == ["R1"]


def test_problems_are_exported_with_their_bytes(client: Client) -> None:
    problem(1)
    problem(2, problem="gap", position=None)
    (row,) = csv_of(answered(client, "problems/export?problem=checksum"))
    assert (row["position"], row["excerpt"], row["reason"]) == ("225", "00**", "wrong")


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@A1", "\t=1", " =1", "\r=1", "＝1+1", "=cmd|'/c calc'!A1"]
)
def test_text_from_the_wire_is_never_a_formula(client: Client, text: str) -> None:
    problem(1, reason=text, account="\x01A\uffff")
    (row,) = csv_of(answered(client, "problems/export"))
    assert row["reason"] == f"'{text}"
    workbook = load_workbook(BytesIO(answered(client, "problems/export?kind=xlsx").content))
    cells = {cell.value: cell.data_type for (_, cell) in workbook.active.iter_cols(min_row=1)}
    assert "f" not in cells.values()
    assert "\ufffdA\ufffd" in cells


def test_a_negative_number_stays_a_number(client: Client) -> None:
    order(1, price=-1_500)
    (row,) = csv_of(answered(client, "orders/export"))
    assert row["price"] == "-0.01500"


class ThreeOrders(ExportOrders):
    """Orders as a file of at most three."""

    rows_max = 3


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize(
    ("stored", "written", "is_cut"), [(2, 2, "false"), (3, 3, "false"), (4, 3, "true")]
)
def test_a_file_says_when_there_were_more_rows_than_it_may_hold(
    kind: str, stored: int, written: int, is_cut: str
) -> None:
    for series in range(stored):
        order(series)
    download = ThreeOrders(Call(User(), {"kind": kind})).answer().data
    assert download.name == (f"orders-first-3.{kind}" if stored > 3 else f"orders.{kind}")
    assert download.headers == {"X-Export-Rows": str(written), "X-Export-Cut": is_cut}
    if kind == "csv":
        assert download.content.count(b"\r\n") == 1 + written
    else:
        (sheet,) = load_workbook(BytesIO(download.content)).worksheets
        assert len(list(sheet.rows)) == 1 + written


def test_no_more_exports_are_worked_on_at_once_than_may_be(client: Client) -> None:
    assert EXPORTS_AT_ONCE_MAX == 2
    with turn(), turn():
        answer = client.get("/api/v1/orders/export")
        assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
        assert answer.json()["type"] == "urn:riskgw:busy"
    assert client.get("/api/v1/orders/export").status_code == HTTPStatus.OK


@pytest.mark.parametrize("query", ["kind=pdf", "cursor=abc", "account=" + "A" * 41, "acount=1"])
def test_an_argument_that_is_wrong_is_refused(client: Client, query: str) -> None:
    answer = client.get(f"/api/v1/orders/export?{query}")
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert answer["Content-Type"] == "application/problem+json"
