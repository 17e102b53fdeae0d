"""Data files by REST and in the admin: who sees what, brings in, takes in again, maps."""

import base64
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from monitoring.actions.drop_data_file import UPLOAD_BYTES_MAX
from monitoring.actions.take_data_files import Run, drop_folder, take_data_files
from monitoring.models import DataColumn, DataFile, DataMapping
from riskgw.messages.base_data import AccountData, BaseData
from riskgw.reference.actions.load_base import load_base
from riskgw.reference.models import Customer
from riskgw.shards.entries import RAW, Raw, unpacked
from tests.pages import ADMIN, as_shown, errors, signed_in, with_rows
from tests.queue_server import QueueServer

pytestmark = pytest.mark.django_db
CONTENT = "code,name\nC1,x\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.RISKGW_REPORTS = tmp_path
    drop_folder().prepare()
    return tmp_path / "in"


@pytest.fixture
def customers() -> DataMapping:
    made = DataMapping.objects.create(
        name="customers", target="customers", pattern="customers-*.csv"
    )
    for field in ("code", "name"):
        DataColumn.objects.create(mapping=made, field=field, column=field)
    return made


def run(at_ns: int = 0) -> None:
    for second in (0, 3):
        work = Run(second * 10**9, lambda: at_ns, lambda: None, lambda: False)
        take_data_files(drop_folder(), work)


def bring(client: Client, name: str, content: str = CONTENT) -> Any:
    encoded = base64.b64encode(content.encode()).decode()
    body = {"name": name, "content": encoded}
    return client.post("/api/v1/data-files", body, "application/json")


def again(client: Client, number: int) -> Any:
    return client.post(f"/api/v1/data-files/{number}/again", {}, "application/json")


def test_ops_bring_a_file_and_see_what_became_of_it(customers: DataMapping) -> None:
    ops = signed_in("ops")
    assert bring(ops, "customers-1.csv").status_code == 201
    run()
    (row,) = ops.get("/api/v1/data-files").json()["results"]
    assert (row["state"], row["mapping"], row["created"]) == ("done", "customers", 1)
    assert ops.get(f"/api/v1/data-files/{row['id']}").json() == row
    assert Customer.objects.filter(code="C1", name="x").exists()


@pytest.mark.parametrize("name", ["../x.csv", "x.py", ".x.csv", "a/b.csv", "x.csv\n"])
def test_a_file_with_another_name_is_not_brought(name: str, folder: Path) -> None:
    assert bring(signed_in("ops"), name).status_code == 400
    assert list(folder.iterdir()) == []


def test_a_file_that_is_too_large_or_no_base64_is_not_brought(folder: Path) -> None:
    ops = signed_in("ops")
    assert bring(ops, "x.csv", "x" * (UPLOAD_BYTES_MAX + 1)).status_code == 400
    assert bring(ops, "x.csv", "").status_code == 400
    answer = ops.post("/api/v1/data-files", {"name": "x.csv", "content": "§"}, "application/json")
    assert answer.status_code == 400
    assert list(folder.iterdir()) == []
    assert bring(ops, "x.csv", "x" * UPLOAD_BYTES_MAX).status_code == 201


def test_a_file_that_waits_is_not_replaced(folder: Path) -> None:
    ops = signed_in("ops")
    bring(ops, "x.csv", "first")
    assert bring(ops, "x.csv", "second").json()["type"] == "urn:riskgw:name_taken"
    assert (folder / "x.csv").read_text() == "first"


@pytest.mark.parametrize("role", ["risk", "auditor"])
def test_who_only_sees_brings_nothing_and_takes_nothing_again(
    role: str, customers: DataMapping
) -> None:
    row = DataFile.objects.create(name="x", state="refused", kept_as="1-x", folder="rejected")
    client = signed_in(role)
    assert client.get("/api/v1/data-files").status_code == 200
    assert bring(client, "x.csv").status_code == 403
    assert again(client, row.pk).status_code == 403
    assert signed_in("trader").get("/api/v1/data-files").status_code == 403


def test_rejects_are_listed_and_exported_in_both_languages(customers: DataMapping) -> None:
    ops = signed_in("ops")
    bring(ops, "customers-1.csv", "code,name\n,x\n" + "C" * 30 + ",y\n")
    run()
    (row,) = ops.get("/api/v1/data-files?state=refused").json()["results"]
    assert row["rejects_total"] == 2
    assert set(row["reason"]) == {"en", "zh"}
    page = ops.get(f"/api/v1/data-files/{row['id']}/rejects").json()
    assert [(each["row"], each["column"], each["code"]) for each in page["results"]] == [
        (2, "code", "required"),
        (3, "code", "max_length"),
    ]
    content = ops.get(f"/api/v1/data-files/{row['id']}/rejects/export").content.decode("utf-8-sig")
    assert content.splitlines()[0] == "row,column,value,code,reason,原因"
    assert len(content.splitlines()) == 3


def test_a_refused_file_is_taken_in_again_and_only_that(customers: DataMapping) -> None:
    ops = signed_in("ops")
    bring(ops, "customers-1.csv")
    customers.pattern = "other*"
    customers.save()
    run()
    row = DataFile.objects.get()
    assert row.code == "no_mapping"
    customers.pattern = "customers*"
    customers.save()
    assert again(ops, row.pk).json()["state"] == "waiting"
    assert again(ops, row.pk).json()["type"] == "urn:riskgw:file_busy"
    run()
    assert again(ops, row.pk).json()["type"] == "urn:riskgw:file_done"
    assert again(ops, 999999).status_code == 404


def test_the_page_learns_which_folder_and_which_mappings(
    customers: DataMapping, folder: Path
) -> None:
    told = signed_in("ops").get("/api/v1/data-files/folder").json()
    assert told["folder"] == str(folder)
    (mapping,) = told["mappings"]
    assert mapping["pattern"] == "customers-*.csv"
    assert [each["field"] for each in mapping["columns"]] == ["code", "name"]


def test_files_are_listed_page_by_page() -> None:
    DataFile.objects.bulk_create(DataFile(name=f"f{number}") for number in range(105))
    ops = signed_in("ops")
    first = ops.get("/api/v1/data-files").json()
    rest = ops.get(f"/api/v1/data-files?cursor={first['next']}").json()
    names = [each["name"] for page in (first, rest) for each in page["results"]]
    assert names == [f"f{number}" for number in reversed(range(105))]
    assert rest["next"] is None


def test_positions_go_the_way_counters_send_them(queue: QueueServer) -> None:
    load_base(BaseData(accounts=(AccountData("F1", "CFFEX", "G", "CTP"),)))
    made = DataMapping.objects.create(
        name="holdings", target="positions", pattern="pos*", format="json", mode="insert"
    )
    for field in ("exchange", "account", "symbol", "quantity", "side"):
        DataColumn.objects.create(mapping=made, field=field, column=field)
    DataColumn.objects.filter(field="side").update(words="多=long\n空=short")
    ops = signed_in("ops")
    item = '{"exchange":"CFFEX","account":"F1","symbol":"IF2612","quantity":%s,"side":"%s"}'
    bring(ops, "pos-1.json", f"[{item % (2, '空')}, {item % ('-1', '多')}, {item % (1, '左')}]")
    run()
    row = DataFile.objects.latest("pk")
    told = row.rejects.order_by("pk").values_list("row", "column", "code")
    assert list(told) == [(2, "quantity", "negative"), (3, "side", "unknown_word")]
    assert queue.client().xlen(RAW) == 0
    bring(ops, "pos-2.json", f"[{item % (2, '空')}, {item % ('3.0', '多')}]")
    run(at_ns=1_795_420_800 * 10**9)
    row = DataFile.objects.latest("pk")
    assert (row.state, row.created) == ("done", 2)
    entries: Any = queue.client().xrange(RAW)
    ((_, fields),) = entries
    raw = unpacked(fields[b"b"])
    assert isinstance(raw, Raw)
    assert (raw.feed, raw.source) == ("positions", "holdings")
    assert [each["quantity"] for _, _, each in raw.items] == ["2", "3"]
    assert raw.items[0][0] == f"{row.sha256[:24]}.1"


def form(client: Client, record: Any = None) -> tuple[str, dict[str, Any]]:
    name = "admin:monitoring_datamapping_" + ("change" if record else "add")
    address = reverse(name, args=[record.pk] if record else [])
    return address, as_shown(client.get(address))


def test_a_mapping_is_made_with_its_columns() -> None:
    risk = signed_in("risk")
    address, data = form(risk)
    data |= {"name": "names", "target": "customers", "pattern": "names*.csv"}
    columns = [{"field": "code", "column": "客户"}, {"field": "name", "constant": "x"}]
    answer = risk.post(address, with_rows(data, "columns", columns))
    assert answer.status_code == 302, errors(answer)
    made = DataMapping.objects.get()
    assert [(each.field, each.column) for each in made.columns.all()] == [
        ("code", "客户"), ("name", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "columns", "place"),
    [
        ({}, [{"field": "name", "column": "x"}], "columns"),
        ({}, [{"field": "nothing", "column": "x"}], "columns-0-field"),
        ({}, [{"field": "code"}], "columns-0-column"),
        ({}, [{"field": "code", "column": "x", "words": "多"}], "columns-0-words"),
        ({"pattern": "../x*"}, [{"field": "code", "column": "x"}], "pattern"),
        ({"sheet": "x"}, [{"field": "code", "column": "x"}], "sheet"),
        ({"target": "contracts"}, [{"field": "tick", "constant": "much"}], "columns-0-constant"),
        ({"target": "positions"}, [], "target"),
    ],
)
def test_a_mapping_that_cannot_work_is_refused_beside_the_field(
    values: dict[str, str], columns: list[dict[str, str]], place: str
) -> None:
    risk = signed_in("risk")
    address, data = form(risk)
    data |= {"name": "names", "target": "customers", "pattern": "names*.csv"} | values
    answer = risk.post(address, with_rows(data, "columns", columns))
    assert place in errors(answer)
    assert not DataMapping.objects.exists()


def test_feeds_are_mapped_by_who_may_feed_and_only_added_to() -> None:
    admin = signed_in(ADMIN)
    address, data = form(admin)
    data |= {"name": "f", "target": "funds", "pattern": "f*", "mode": "upsert"}
    answer = admin.post(address, with_rows(data, "columns", [{"field": "account", "column": "a"}]))
    assert set(errors(answer)) == {"mode"}


def test_the_list_of_mappings_says_what_each_takes(customers: DataMapping) -> None:
    page = signed_in("ops").get(reverse("admin:monitoring_datamapping_changelist"))
    assert "customers-*.csv" in page.content.decode()
