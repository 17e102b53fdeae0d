"""Which code page a collation stands for."""

import codecs

import pytest

from capture.wire.tds.collations import codec


def collation(lcid: int, *, flags: int = 0, sort_order: int = 0) -> bytes:
    return (lcid | flags << 20).to_bytes(4, "little") + bytes([sort_order])


@pytest.mark.parametrize(
    ("lcid", "name"),
    [
        (0x0804, "gb18030"), (0x20804, "gb18030"), (0x1004, "gb18030"), (0x0404, "cp950"),
        (0x30404, "cp950"), (0x0C04, "cp950"), (0x0411, "cp932"), (0x0412, "cp949"),
        (0x0409, "cp1252"), (0x0407, "cp1252"), (0x0419, "cp1251"), (0x0422, "cp1251"),
        (0x0415, "cp1250"), (0x040E, "cp1250"), (0x0408, "cp1253"), (0x041F, "cp1254"),
        (0x040D, "cp1255"), (0x0401, "cp1256"), (0x0427, "cp1257"), (0x042A, "cp1258"),
        (0x041E, "cp874"), (0x0FFF, "cp1252"),
    ],
)  # fmt: skip
def test_the_language_tells_the_code_page(lcid: int, name: str) -> None:
    assert codec(collation(lcid, flags=0x0D)) == name


@pytest.mark.parametrize(
    ("sort_order", "name"),
    [(30, "cp437"), (49, "cp850"), (52, "cp1252"), (80, "cp1250"), (105, "cp1251"),
     (199, "gb18030"), (203, "gb18030"), (196, "cp950"), (193, "cp932"), (206, "cp874")],
)  # fmt: skip
def test_the_sort_order_of_an_old_collation_counts_before_the_language(
    sort_order: int, name: str
) -> None:
    assert codec(collation(0x0409, sort_order=sort_order)) == name


def test_text_may_be_utf_8_in_every_language() -> None:
    assert codec(collation(0x0804, flags=0x40)) == "utf-8"


def test_without_a_collation_text_is_chinese() -> None:
    assert codec(b"") == codec(bytes(5)) == "gb18030"


def test_every_code_page_can_be_read_and_agrees_with_ascii() -> None:
    ascii_text = bytes(range(32, 127))
    names = {codec(collation(lcid)) for lcid in range(0x5000)}
    names |= {codec(collation(0x0409, sort_order=number)) for number in range(256)}
    for name in names:
        assert codecs.decode(ascii_text, name) == ascii_text.decode()
