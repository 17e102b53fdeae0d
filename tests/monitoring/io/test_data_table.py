"""Files as rows: encodings as counters use them, and whatever else somebody drops."""

import io
import json
import zipfile
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from monitoring.domain.data_mapping import FileFault, FileFaulty
from monitoring.domain.data_values import Failed, Nested
from monitoring.io.data_table import FILE_BYTES_MAX, ROWS_MAX, Layout, read_table

CSV, XLSX, JSON = Layout("csv"), Layout("xlsx"), Layout("json")


def rows(content: bytes, layout: Layout) -> list[tuple[int, list[Any]]]:
    return [(row.number, row.cells) for row in read_table(content, layout).rows]


def fault(content: bytes, layout: Layout) -> FileFault:
    with pytest.raises(FileFaulty) as refused:
        rows(content, layout)
    return refused.value.code


def told_or_rows(content: bytes, layout: Layout) -> None:
    """Whatever else comes out of a reader fails the test."""
    with suppress(FileFaulty):
        for number, cells in rows(content, layout):
            assert number > 0
            assert not any(isinstance(each, float) for each in cells)


def book(*lines: list[Any], title: str = "Sheet") -> bytes:
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = title
    for line in lines:
        sheet.append(line)
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


WORKBOOK = book(["代码", "价格"], ["000001", 10.1], ["600000", 3])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_csv_is_read_in_the_encodings_counters_write(encoding: str) -> None:
    content = '代码,名称\r\n000001,"平安,银行"\r\n'.encode(encoding)
    table = read_table(content, CSV)
    assert table.header == ["代码", "名称"]
    assert [row.cells for row in table.rows] == [["000001", "平安,银行"]]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_that_of_the_header(separator: str) -> None:
    assert rows(f"a{separator}b\n1{separator}2\n".encode(), CSV) == [(2, ["1", "2"])]


def test_rows_are_numbered_by_the_line_they_begin_in_and_blank_ones_do_not_count() -> None:
    assert rows(b'a,b\n"1\n1",2\n\n3,4,\n', CSV) == [(2, ["1\n1", "2"]), (5, ["3", "4"])]


def test_titles_above_the_header_are_passed_over() -> None:
    content = b"Positions of 2026-11-23\n\na,b\n1,2\n"
    assert rows(content, Layout("csv", header_row=3)) == [(4, ["1", "2"])]
    assert fault(content, Layout("csv", header_row=9)) is FileFault.NO_HEADER


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b" \n", FileFault.EMPTY),
        (b"a,b\n1,\x81\xff\n", FileFault.ENCODING),
        (b"a\0b\n", FileFault.ENCODING),
        (b'a,b\n"1,2\n', FileFault.NOT_THE_FORMAT),
        (b'a,b\n"1"x,2\n', FileFault.NOT_THE_FORMAT),
        (b",\n1,2\n", FileFault.NO_HEADER),
        (b"x," * 301 + b"\n", FileFault.COLUMNS),
        (b" " * FILE_BYTES_MAX + b"xx", FileFault.TOO_LARGE),
        (b"a\n" + b"1\n" * (ROWS_MAX + 1), FileFault.ROWS),
    ],
)
def test_a_bad_csv_is_refused_with_the_reason(content: bytes, code: FileFault) -> None:
    assert fault(content, CSV) is code


def test_numbers_of_a_spreadsheet_are_the_decimals_it_shows() -> None:
    content = book(["a", "b", "c"], [0.1, 2.675, 1234567.05], [None, "=1+1", datetime(2026, 2, 6)])
    assert rows(content, XLSX) == [
        (2, [Decimal("0.1"), Decimal("2.675"), Decimal("1234567.05")]),
        # A formula counts as what was computed last; it is never computed here.
        (3, [None, None, datetime(2026, 2, 6)]),
    ]


def test_a_formula_that_failed_is_known_as_such() -> None:
    ((_, (cell,)),) = rows(book(["a"], ["#N/A"]), XLSX)
    assert isinstance(cell, Failed)


def test_a_sheet_is_found_by_its_name() -> None:
    content = book(["a"], [1], title="持仓")
    assert rows(content, Layout("xlsx", "持仓")) == [(2, [1])]
    assert fault(content, Layout("xlsx", "资金")) is FileFault.NO_SHEET


def repacked(content: bytes, name: str, part: bytes) -> bytes:
    """A spreadsheet with one part replaced or added."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for each in old.infolist():
            if each.filename != name:
                new.writestr(each, old.read(each))
        new.writestr(name, part)
    return target.getvalue()


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    assert fault(repacked(WORKBOOK, "xl/bomb.bin", bytes(20 << 20)), XLSX) is FileFault.UNPACKED


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_part_that_declares_entities_is_refused(encoding: str) -> None:
    text = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "xx">]><a>&x;</a>'
    content = repacked(WORKBOOK, "xl/sharedStrings.xml", text.encode(encoding))
    assert fault(content, XLSX) is FileFault.NOT_THE_FORMAT


def test_json_is_an_array_of_objects_or_has_one_under_the_key() -> None:
    content = b'[{"a": 0.10, "b": "x"}, {"b": null, "c": [1]}]'
    table = read_table(content, JSON)
    assert table.header == ["a", "b", "c"]
    first, second = (row.cells for row in table.rows)
    assert first == [Decimal("0.10"), "x", None]
    assert isinstance(second[2], Nested)
    assert rows(b'{"rows": [{"a": 1}]}', Layout("json", "rows")) == [(1, [Decimal(1)])]


@pytest.mark.parametrize(
    "content",
    [
        b'{"a": 1}',
        b"[1, 2]",
        b'"a"',
        b"[{}",
        b'[{"a": NaN}]',
        b'[{"a": 1, "a": 2}]',
        b'[{"a": ' + b"9" * 5_000 + b"}]",
        b"[" * 100_000,
        b'[{"a":' * 50_000,
    ],
)
def test_another_json_is_refused(content: bytes) -> None:
    assert fault(content, JSON) is FileFault.NOT_THE_FORMAT


@given(st.binary(max_size=200), st.sampled_from([CSV, XLSX, JSON]))
def test_any_bytes_are_rows_or_a_named_fault(content: bytes, layout: Layout) -> None:
    told_or_rows(content, layout)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, len(WORKBOOK) - 1), st.binary(min_size=1, max_size=6), st.booleans())
def test_a_damaged_spreadsheet_is_rows_or_a_named_fault(at: int, part: bytes, is_cut: bool) -> None:
    content = WORKBOOK[:at] if is_cut else WORKBOOK[:at] + part + WORKBOOK[at + len(part) :]
    told_or_rows(content, XLSX)


SHEET = zipfile.ZipFile(io.BytesIO(WORKBOOK)).read("xl/worksheets/sheet1.xml")


@settings(max_examples=40, deadline=None)
@given(st.integers(0, len(SHEET) - 1), st.sampled_from([b"<", b'"', b"\xff", b"r='9", b">", b""]))
def test_a_sheet_with_wrong_letters_is_rows_or_a_named_fault(at: int, part: bytes) -> None:
    content = repacked(WORKBOOK, "xl/worksheets/sheet1.xml", SHEET[:at] + part + SHEET[at + 1 :])
    told_or_rows(content, XLSX)


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"), max_size=12)


@given(
    st.lists(st.lists(TEXTS, min_size=2, max_size=2), max_size=6),
    st.sampled_from(["utf-8", "gb18030"]),
)
def test_what_a_csv_writer_wrote_is_read(lines: list[list[str]], encoding: str) -> None:
    def quoted(text: str) -> str:
        return '"' + text.replace('"', '""') + '"'

    text = "".join(",".join(map(quoted, line)) + "\r\n" for line in [["名称", "b"], *lines])
    kept = [line for line in lines if any(line)]
    assert [cells for _, cells in rows(text.encode(encoding), CSV)] == kept


def test_json_that_a_program_wrote_is_read() -> None:
    told = [{"代码": "000001", "价": "10.10"}]
    for content in (
        json.dumps(told).encode(),
        json.dumps(told, ensure_ascii=False).encode("gb18030"),
    ):
        assert rows(content, JSON) == [(1, ["000001", "10.10"])]
