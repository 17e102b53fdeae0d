"""Any text in a file comes back as text, whatever it looks like."""

import csv
from decimal import Decimal
from io import BytesIO, StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from riskgw.web.spreadsheets import Cell, as_csv, as_xlsx

TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
HOSTILE = st.builds(str.__add__, st.sampled_from(["", "=", "+", "-", "@", " =", "\t", "＝"]), TEXTS)


def csv_rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(content.decode("utf-8-sig"), newline="")))


@given(HOSTILE)
def test_csv_gives_text_back_and_no_formula(text: str) -> None:
    _, (found, last) = csv_rows(as_csv(("a", "b"), [(text, "last")]))
    assert last == "last"
    assert found in (text, f"'{text}")
    assert found[:1] not in ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
    assert found.lstrip()[:1] not in ("=", "+", "-", "@")


@given(HOSTILE)
def test_a_workbook_can_be_read_whatever_stands_in_it(text: str) -> None:
    (sheet,) = load_workbook(BytesIO(as_xlsx("t", ("a", "b"), [(text, "last")]))).worksheets
    found, last = sheet["A2"], sheet["B2"]
    assert last.value == "last"
    assert found.data_type == ("s" if text else "n")
    readable = all(each.isprintable() for each in text)
    assert not readable or (found.value or "") == text


@pytest.mark.parametrize(
    ("cell", "written"),
    [(-5, "-5"), (Decimal("-12.34500"), "-12.34500"), (None, ""), ("", ""), ("-5", "'-5")],
)
def test_a_number_is_no_text(cell: Cell, written: str) -> None:
    assert csv_rows(as_csv(("a", "b"), [(cell, "x")]))[1] == [written, "x"]


def test_numbers_stay_numbers_in_a_workbook() -> None:
    (sheet,) = load_workbook(BytesIO(as_xlsx("t", ("a", "b"), [(-5, Decimal("1.5"))]))).worksheets
    assert [cell.data_type for cell in sheet[2]] == ["n", "n"]
    assert [cell.value for cell in sheet[2]] == [-5, 1.5]


@pytest.mark.parametrize("cell", [123456789012345, Decimal("-1234567890123.45")])
def test_a_number_with_all_the_digits_that_are_kept_is_a_number(cell: Cell) -> None:
    (sheet,) = load_workbook(BytesIO(as_xlsx("t", ("a",), [(cell,)]))).worksheets
    assert (sheet["A2"].data_type, Decimal(str(sheet["A2"].value))) == ("n", cell)


@pytest.mark.parametrize("cell", [1234567890123456, Decimal("-12345678901234.56"), 2**63])
def test_a_number_that_would_lose_digits_is_text(cell: Cell) -> None:
    (sheet,) = load_workbook(BytesIO(as_xlsx("t", ("a",), [(cell,)]))).worksheets
    assert (sheet["A2"].data_type, sheet["A2"].value) == ("s", str(cell))


@given(st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S"))))
def test_a_title_of_any_letters_names_a_sheet(title: str) -> None:
    (sheet,) = load_workbook(BytesIO(as_xlsx(title, ("a",), []))).worksheets
    assert len(sheet.title) <= 31
