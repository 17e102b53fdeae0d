"""Data files in a drop folder: all of a file or nothing, once, and why not."""

import io
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from openpyxl import Workbook

from monitoring.actions.check_data_rows import REJECTS_MAX
from monitoring.actions.follow_data_file import TRIES_MAX, Following, Superseded, claim
from monitoring.actions.forget_data_files import forget_data_files
from monitoring.actions.take_again import FileDone, FileForgotten, take_again
from monitoring.actions.take_data_files import Run, take_data_files
from monitoring.data_targets import TARGETS
from monitoring.io.drop_folder import DropFolder
from monitoring.models import DataColumn, DataFile, DataMapping, Obligation
from riskgw.reference.models import (
    Account,
    CalendarDay,
    Contract,
    ControlGroup,
    Customer,
    Exchange,
    ExchangeCalendar,
)

pytestmark = pytest.mark.django_db
COLUMNS = {
    "contracts": {
        "exchange": "市场", "symbol": "代码", "tick": "最小价差", "lot": "手数",
        "order_quantity_max": "最大委托", "name": "名称",
    },
    "customers": {"code": "客户", "name": "姓名"},
}  # fmt: skip
HEADER = "市场,代码,名称,最小价差,手数,最大委托"
PINGAN = "SZSE,000001,平安银行,0.01,100,1000000"


@pytest.fixture
def drop(tmp_path: Path) -> DropFolder:
    Exchange.objects.get_or_create(code="SZSE", defaults={"name": "SZSE"})
    made = DropFolder(tmp_path)
    made.prepare()
    return made


def mapping(target: str = "contracts", **values: Any) -> DataMapping:
    made = DataMapping.objects.create(
        **{"name": target, "target": target, "pattern": f"{target}*"} | values
    )
    for field, column in COLUMNS.get(target, {}).items():
        DataColumn.objects.create(mapping=made, field=field, column=column)
    return made


def run(drop: DropFolder, second: int = 0, told: list[str] | None = None) -> int:
    def tell() -> None:
        if told is not None:
            told.append(DataFile.objects.latest("pk").state)

    return take_data_files(drop, Run(second * 10**9, lambda: 0, tell, lambda: False))


def take(drop: DropFolder, name: str, content: bytes | str) -> DataFile:
    drop.drop(name, content.encode() if isinstance(content, str) else content)
    run(drop, 0)
    assert run(drop, 3) == 1
    return DataFile.objects.latest("pk")


def csv_of(*lines: str) -> str:
    return "\n".join([HEADER, *lines]) + "\n"


def reasons(row: DataFile) -> list[tuple[int, str, str]]:
    return [(each.row, each.column, each.code) for each in row.rejects.order_by("pk")]


def test_a_file_is_taken_in_whole_and_put_away(drop: DropFolder) -> None:
    mapping()
    row = take(drop, "contracts-1.csv", csv_of(PINGAN).encode("gb18030"))
    assert (row.state, row.created, row.rows_total, row.rows_checked) == ("done", 1, 1, 1)
    contract = Contract.objects.get(symbol="000001")
    assert (contract.name, contract.tick) == ("平安银行", Decimal("0.01"))
    assert contract.history.latest().history_change_reason == f"contracts-1.csv #{row.pk}"
    assert drop.kept("done", row.kept_as).exists()
    assert list(drop.folder.iterdir()) == []


def test_one_bad_row_refuses_the_file_and_every_bad_value_is_named(drop: DropFolder) -> None:
    mapping()
    row = take(
        drop,
        "contracts.csv",
        csv_of(
            PINGAN,
            "SHFE,cu2612,铜,10,5,500",
            "SZSE,000002,万科,much,100,1000000",
            "SZSE,000003,,0,100,1000000",
            "SZSE,000001,twice,0.01,100,1000000",
            "SZSE,000004,x,0.01",
            "SZSE,000000000000000000005,long,0.01,100,1000000",
        ),
    )
    assert row.state == "refused"
    assert Contract.objects.count() == 0
    assert sorted(reasons(row)) == [
        (3, "市场", "unknown"),
        (4, "最小价差", "not_a_number"),
        (5, "", "invalid"),
        (6, "市场", "twice"),
        (7, "", "cells"),
        (8, "代码", "max_length"),
    ]
    assert (row.rejects_total, row.rows_checked, row.rows_total) == (6, 7, 7)
    told = row.rejects.get(row=5)
    assert told.text_en == "Tick, lot and largest order must be above zero."
    assert told.text_zh != told.text_en
    assert "first in row 2" in row.rejects.get(row=6).text_en
    kept = drop.kept("rejected", row.kept_as)
    assert kept.exists()
    assert "much" in kept.with_name(f"{kept.name}.reason.txt").read_text()


def test_the_same_content_is_taken_in_once(drop: DropFolder) -> None:
    mapping()
    take(drop, "contracts-1.csv", csv_of(PINGAN))
    again = take(drop, "contracts-2.csv", csv_of(PINGAN))
    assert again.state == "known"
    assert "contracts-1.csv" in again.reason_en
    assert Contract.history.count() == 1


def test_known_rows_are_changed_and_others_left(drop: DropFolder) -> None:
    mapping()
    take(drop, "contracts-1.csv", csv_of(PINGAN, "SZSE,000002,万科,0.01,100,1000000"))
    Contract.objects.update(board="main")
    row = take(drop, "contracts-2.csv", csv_of(PINGAN, "SZSE,000002,万科A,0.01,100,1000000"))
    assert (row.created, row.updated, row.unchanged) == (0, 1, 1)
    changed = Contract.objects.get(symbol="000002")
    assert (changed.name, changed.board) == ("万科A", "main")


def test_only_new_rows_means_that_a_known_one_is_refused(drop: DropFolder) -> None:
    mapping(mode=DataMapping.Mode.INSERT)
    take(drop, "contracts-1.csv", csv_of(PINGAN))
    row = take(drop, "contracts-2.csv", csv_of(PINGAN, "SZSE,000002,x,0.01,100,1000000"))
    assert reasons(row) == [(2, "市场", "exists")]
    assert Contract.objects.count() == 1


def test_a_file_that_nobody_mapped_waits_for_its_mapping(drop: DropFolder) -> None:
    row = take(drop, "contracts.csv", csv_of(PINGAN))
    assert (row.state, row.code) == ("refused", "no_mapping")
    mapping()
    take_again(row.pk, User(username="ops"))
    assert run(drop) == 1
    row.refresh_from_db()
    assert (row.state, row.asked_by, row.folder) == ("done", "ops", "done")
    assert list((drop.root / "rejected").iterdir()) == []


def test_a_file_is_taken_in_again_once_its_mapping_is_mended(drop: DropFolder) -> None:
    made = mapping()
    row = take(drop, "contracts.csv", csv_of(PINGAN))
    with pytest.raises(FileDone):
        take_again(row.pk, User(username="ops"))
    made.columns.filter(field="name").delete()
    DataColumn.objects.create(mapping=made, field="board", column="名称")
    made.save()
    take_again(row.pk, User(username="ops"))
    run(drop)
    row.refresh_from_db()
    assert (row.state, row.updated) == ("done", 1)
    assert Contract.objects.get().board == "平安银行"


def test_a_spreadsheet_and_json_say_the_same_as_csv(drop: DropFolder) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADER.split(","))
    sheet.append(["SZSE", 1, "平安银行", 0.01, 100, 1000000.0])
    content = io.BytesIO()
    book.save(content)
    made = mapping(format="xlsx")
    made.columns.filter(field="symbol").update(digits=6)
    assert take(drop, "contracts.xlsx", content.getvalue()).state == "done"
    before = Contract.objects.values().get()
    DataMapping.objects.update(format="json", sheet="rows")
    told = '{"rows": [{"市场": "SZSE", "代码": "000001", "名称": "平安银行", "最小价差": 0.010,'
    row = take(drop, "contracts.json", told + '"手数": 100, "最大委托": "1,000,000"}]}')
    assert (row.state, row.unchanged) == ("done", 1)
    assert Contract.objects.values().get() == before


def test_rejects_are_bounded_and_their_total_is_not(drop: DropFolder) -> None:
    mapping("customers")
    row = take(drop, "customers.csv", "客户,姓名\n" + ",x\n" * (REJECTS_MAX + 5))
    assert row.rejects_total == REJECTS_MAX + 5
    assert row.rejects.count() == REJECTS_MAX


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        ("客户\nC1\n".encode(), "column_missing"),
        ("客户,姓名\n".encode(), "no_rows"),
        ('客户,姓名\n"C1,x\n'.encode(), "not_the_format"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused(
    drop: DropFolder, content: bytes, code: str
) -> None:
    mapping("customers")
    row = take(drop, "customers.csv", content)
    assert (row.state, row.code) == ("refused", code)
    assert row.reason_en != row.reason_zh
    assert Customer.objects.count() == 0


def test_a_link_is_refused_and_what_it_leads_to_is_not_read(
    drop: DropFolder, tmp_path: Path
) -> None:
    mapping("customers")
    target = tmp_path / "elsewhere"
    target.write_text("客户,姓名\nC1,x\n")
    (drop.folder / "customers.csv").symlink_to(target)
    assert run(drop) == 1
    row = DataFile.objects.get()
    assert (row.state, row.code, row.sha256) == ("refused", "link", "")
    assert target.exists()


def test_what_was_begun_and_never_ended_is_begun_again_but_not_for_ever(drop: DropFolder) -> None:
    mapping("customers")
    drop.drop("customers.csv", "客户,姓名\nC1,x\n".encode())
    row = DataFile.objects.create(name="customers.csv", state="reading", attempt=1, tries=1)
    DataFile.objects.update(seen_at=timezone.now())
    run(drop, 0)
    assert run(drop, 3) == 0  # somebody is at it
    DataFile.objects.update(seen_at=timezone.now() - timedelta(minutes=2))
    assert run(drop, 6) == 1
    row.refresh_from_db()
    assert (row.state, row.attempt) == ("done", 2)
    drop.drop("customers-2.csv", "客户,姓名\nC2,x\n".encode())
    DataFile.objects.create(name="customers-2.csv", tries=TRIES_MAX)
    run(drop, 7)
    run(drop, 10)
    assert DataFile.objects.latest("pk").code == "tries"


def test_who_was_replaced_stores_nothing(drop: DropFolder) -> None:
    row = DataFile.objects.create(name="a.csv")
    assert claim(row)
    first = Following(row, lambda: None, lambda: False)
    DataFile.objects.update(seen_at=timezone.now() - timedelta(minutes=2))
    assert claim(DataFile.objects.get())
    with pytest.raises(Superseded):
        first.done(1, 0, 0)
    assert DataFile.objects.get().state == "reading"


def test_a_row_that_came_while_the_file_was_checked_refuses_it_whole(drop: DropFolder) -> None:
    mapping("customers")
    drop.drop("customers.csv", "客户,姓名\nC1,x\nC2,y\n".encode())
    run(drop, 0)

    def tell() -> None:
        if DataFile.objects.get().state == "storing":
            Customer.objects.get_or_create(code="C2")

    take_data_files(drop, Run(3 * 10**9, lambda: 0, tell, lambda: False))
    row = DataFile.objects.get()
    assert (row.state, row.code) == ("refused", "changed")
    assert list(Customer.objects.values_list("code", flat=True)) == ["C2"]
    take_again(row.pk, User(username="ops"))
    run(drop, 6)
    row.refresh_from_db()
    assert (row.state, row.created, row.updated) == ("done", 1, 1)
    assert Customer.history.filter(history_type="~").get().name == "y"


def test_a_run_that_has_to_end_leaves_the_file_for_the_next(drop: DropFolder) -> None:
    mapping("customers")
    lines = "".join(f"C{number},x\n" for number in range(1_000))
    drop.drop("customers.csv", f"客户,姓名\n{lines}".encode())
    run(drop, 0)
    asked: Iterator[bool] = iter([False, True])
    stopping = Run(3 * 10**9, lambda: 0, lambda: None, lambda: next(asked))
    assert take_data_files(drop, stopping) == 1
    assert DataFile.objects.get().state == "waiting"
    assert Customer.objects.count() == 0
    run(drop, 3)
    assert Customer.objects.count() == 1_000


def test_progress_is_told_state_by_state(drop: DropFolder) -> None:
    mapping("customers")
    drop.drop("customers.csv", "客户,姓名\nC1,x\n".encode())
    told: list[str] = []
    run(drop, 0, told)
    run(drop, 3, told)
    assert told == ["reading", "checking", "storing", "done"]


def test_accounts_refer_to_records_that_are_there(drop: DropFolder) -> None:
    ControlGroup.objects.create(code="G1")
    made = mapping("accounts")
    for field in ("account", "group", "market_maker"):
        DataColumn.objects.create(mapping=made, field=field, column=field)
    DataColumn.objects.create(mapping=made, field="exchange", constant="SZSE")
    header = "account,group,market_maker\n"
    assert take(drop, "accounts-1.csv", header + "A1,G9,1\n").state == "refused"
    assert take(drop, "accounts-2.csv", header + "A1,G1,是\nA2,,\n").state == "done"
    rows = Account.objects.order_by("code").values_list("code", "group__code", "market_maker")
    assert list(rows) == [("A1", "G1", True), ("A2", None, False)]


def test_holidays_and_obligations_have_their_own_kinds(drop: DropFolder) -> None:
    ExchangeCalendar.objects.update_or_create(
        exchange_id="SZSE", defaults={"known_until": "2027-12-31"}
    )
    days = mapping("calendar_days")
    for field in ("exchange", "day", "is_open", "has_night"):
        DataColumn.objects.create(mapping=days, field=field, column=field)
    header = "exchange,day,is_open,has_night\n"
    row = take(drop, "calendar_days-1.csv", header + "SZSE,20270206,0,1\n")
    assert "no night session" in row.rejects.get().text_en
    take(drop, "calendar_days-2.csv", header + "SZSE,20270206,0,\n")
    assert CalendarDay.objects.filter(day="2027-02-06", is_open=False, has_night=None).exists()
    duties = mapping("obligations")
    fields = [name for name, each in TARGETS["obligations"].fields.items() if each.is_required]
    for field in fields:
        DataColumn.objects.create(mapping=duties, field=field, column=field)
    values = {
        "exchange": "CFFEX", "kind": "option", "effective_from": "2026-11-23", "size_min": "10",
        "spreads": "0:2;100:4", "presence_percent": "70", "response_percent": "80",
        "respond_within_ms": "10000", "hold_ms": "5000",
    }  # fmt: skip
    line = ",".join(values[name] for name in fields)
    row = take(drop, "obligations.csv", f"{','.join(fields)}\n{line}\n")
    assert row.state == "done", reasons(row)
    stored = Obligation.objects.get(size_min=10, respond_within_ms=10_000, hold_ms=5_000)
    assert stored.spreads == [["0", "2"], ["100", "4"]]


def test_files_are_forgotten_and_their_rows_much_later(drop: DropFolder) -> None:
    mapping("customers")
    row = take(drop, "customers.csv", ",\n")
    forget_data_files(drop, timezone.now() + timedelta(days=32), 31)
    assert list((drop.root / "rejected").iterdir()) == []
    with pytest.raises(FileForgotten):
        take_again(row.pk, User(username="ops"))
    forget_data_files(drop, timezone.now() + timedelta(days=401), 31)
    assert not DataFile.objects.exists()


def test_every_target_names_fields_that_its_table_has() -> None:
    assert {each.name for each in TARGETS.values()} == set(TARGETS)
    for target in TARGETS.values():
        assert set(target.key) <= set(target.fields)
        assert any(each.is_required for each in target.fields.values())
