"""Every data type: its declaration, its values, NULL, and values that are damaged."""

import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.wire.tds.reader import MalformedMessage, Reader
from capture.wire.tds.types import Token, read_type
from riskgw.messages.codec import json_line
from tests.capture.wire.tds.dialogue import CHINESE, b_varchar, us_varchar, wide

LATIN = bytes.fromhex("0904d00034")
UTF8 = bytes.fromhex("0904d00434")
# What reading past the end of a message shows as.
MALFORMED = (MalformedMessage, struct.error, IndexError)
PLP_UNKNOWN = b"\xfe" + b"\xff" * 7
POINTER = b"\x10" + bytes(16) + bytes(8)


def u16(data: bytes) -> bytes:
    return struct.pack("<H", len(data)) + data


def u32(data: bytes) -> bytes:
    return struct.pack("<I", len(data)) + data


def plp(*chunks: bytes, total: bytes | None = None) -> bytes:
    size = struct.pack("<Q", sum(map(len, chunks))) if total is None else total
    return size + b"".join(map(u32, chunks)) + bytes(4)


def decoded(type_info: bytes, value: bytes, *, has_collation: bool = True) -> tuple[str, Any]:
    """Type name and value of a column; both must be used up."""
    reader = Reader(type_info)
    kind = read_type(reader, has_collation=has_collation)
    assert reader.left == 0
    found, end = kind.read(value, 0)
    assert end == len(value)
    return kind.name, found


FIXED = [
    ("1f", "", "null", None),
    ("30", "ff", "tinyint", 255),
    ("32", "01", "bit", True),
    ("32", "00", "bit", False),
    ("34", "d4fe", "smallint", -300),
    ("38", "006cca88", "int", -2_000_000_000),
    ("7f", "0100000000002000", "bigint", 9_007_199_254_740_993),
    ("3b", "0000c03f", "real", 1.5),
    ("3e", "0000000000000a40", "float", 3.25),
    ("3b", "48e18841", "real", 17.11),
    ("3b", "cdcccc3d", "real", 0.1),
    ("3b", "ffff7f7f", "real", 3.4028235e38),
    ("3b", "01000000", "real", 1e-45),
    ("3e", "5c8fc2f5281c3140", "float", 17.11),
    ("7a", "c01dfeff", "smallmoney", "-12.3456"),
    ("3c", "ffffff7fffffffff", "money", "922337203685477.5807"),
    ("3c", "ffffffffffffffff", "money", "-0.0001"),
    ("3a", "a2b33b02", "smalldatetime", "2025-11-27T09:31:00"),
    ("3d", "a2b3000000000000", "datetime", "2025-11-27T00:00:00"),
    ("3d", "a2b3000001000000", "datetime", "2025-11-27T00:00:00.003"),
    ("3d", "a2b3000002000000", "datetime", "2025-11-27T00:00:00.007"),
    ("3d", "a2b3000003000000", "datetime", "2025-11-27T00:00:00.010"),
    ("3d", "a2b30000ff818b01", "datetime", "2025-11-27T23:59:59.997"),
    ("3d", "462effff00000000", "datetime", "1753-01-01T00:00:00"),
]


@pytest.mark.parametrize(("type_info", "value", "name", "expected"), FIXED)
def test_fixed_types(type_info: str, value: str, name: str, expected: Any) -> None:
    assert decoded(bytes.fromhex(type_info), bytes.fromhex(value)) == (name, expected)


NULLABLE = [
    ("2601", "01ff", "tinyint", 255),
    ("2602", "02d4fe", "smallint", -300),
    ("2604", "0400000080", "int", -(2**31)),
    ("2608", "08ffffffffffffffff", "bigint", -1),
    ("6801", "0101", "bit", True),
    ("6d04", "040000c03f", "real", 1.5),
    ("6d08", "080000000000000a40", "float", 3.25),
    ("6e04", "04c01dfeff", "smallmoney", "-12.3456"),
    ("6e08", "080000000010270000", "money", "1"),
    ("6f04", "04a2b33b02", "smalldatetime", "2025-11-27T09:31:00"),
    ("6f08", "08a2b3000000000000", "datetime", "2025-11-27T00:00:00"),
    (
        "2410",
        "10ff19966f868b11d0b42d00c04fc964ff",
        "uniqueidentifier",
        "6f9619ff-8b86-d011-b42d-00c04fc964ff",
    ),
    ("6a050901", "05017b000000", "decimal", "12.3"),
    ("6a050902", "05007b000000", "decimal", "-1.23"),
    ("6c050900", "050100000080", "numeric", "2147483648"),
    ("6c112600", "1101" + "ff" * 16, "numeric", str(2**128 - 1)),
    ("28", "03fd480b", "date", "2025-11-27"),
    ("2900", "03000000", "time", "00:00:00"),
    ("2903", "04ff5b2605", "time", "23:59:59.999"),
]


@pytest.mark.parametrize(("type_info", "value", "name", "expected"), NULLABLE)
def test_types_with_a_length_byte(type_info: str, value: str, name: str, expected: Any) -> None:
    assert decoded(bytes.fromhex(type_info), bytes.fromhex(value)) == (name, expected)
    assert decoded(bytes.fromhex(type_info), b"\0") == (name, None)


NINE_THIRTY = 9 * 3600 + 30 * 60
DAY = (739_216).to_bytes(3, "little")  # 2024-11-27, from 0001-01-01


def scaled_time(scale: int, seconds: int, fraction: int = 0) -> bytes:
    size = 3 if scale < 3 else 4 if scale < 5 else 5
    units: int = seconds * 10**scale + fraction
    return units.to_bytes(size, "little")


def short(data: bytes) -> bytes:
    return bytes([len(data)]) + data


@pytest.mark.parametrize(
    ("scale", "fraction", "expected"),
    [(0, 0, "09:30:00"), (3, 120, "09:30:00.12"), (7, 1, "09:30:00.0000001")],
)
def test_times_have_as_many_decimals_as_they_need(scale: int, fraction: int, expected: str) -> None:
    moment = scaled_time(scale, NINE_THIRTY, fraction)
    assert decoded(bytes([0x29, scale]), short(moment))[1] == expected
    assert decoded(bytes([0x2A, scale]), short(moment + DAY))[1] == f"2024-11-27T{expected}"


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (480, "2024-11-27T17:30:00.12+08:00"),
        (0, "2024-11-27T09:30:00.12+00:00"),
        (-570, "2024-11-27T00:00:00.12-09:30"),
        (840, "2024-11-27T23:30:00.12+14:00"),
        (-600, "2024-11-26T23:30:00.12-10:00"),
    ],
)
def test_a_datetimeoffset_is_shown_in_its_own_zone(minutes: int, expected: str) -> None:
    utc = scaled_time(3, NINE_THIRTY, 120) + DAY
    value = short(utc + struct.pack("<h", minutes))
    assert decoded(b"\x2b\x03", value) == ("datetimeoffset", expected)


def test_text_is_read_in_the_code_page_of_its_collation() -> None:
    for collation, codec, text in (
        (CHINESE, "gbk", "浦发银行"),
        (LATIN, "cp1252", "café"),
        (UTF8, "utf-8", "贵州茅台 café"),
        (bytes(5), "gb18030", "资金或股份不足"),
    ):
        value = u16(text.encode(codec) + b"  ")
        assert decoded(b"\xa7\x1e\x00" + collation, value) == ("varchar", text)
        assert decoded(b"\xaf\x1e\x00" + collation, value) == ("char", text)


def test_before_7_1_text_has_no_collation_and_is_chinese() -> None:
    value = u16("浦发银行".encode("gbk"))
    assert decoded(b"\xaf\x1e\x00", value, has_collation=False) == ("char", "浦发银行")


def test_wide_text_and_binary_values() -> None:
    assert decoded(b"\xe7\x1e\x00" + CHINESE, u16(wide("中文 "))) == ("nvarchar", "中文")
    assert decoded(b"\xef\x1e\x00" + CHINESE, u16(wide("ab  "))) == ("nchar", "ab")
    assert decoded(b"\xa5\x08\x00", u16(b"\xde\xad\x00")) == ("varbinary", "dead00")
    assert decoded(b"\xad\x08\x00", u16(bytes(2))) == ("binary", "0000")


@pytest.mark.parametrize("token", ["a7", "af", "e7", "ef"])
def test_null_text_is_all_ones_and_empty_text_is_empty(token: str) -> None:
    type_info = bytes.fromhex(token) + b"\x0a\x00" + CHINESE
    assert decoded(type_info, b"\xff\xff")[1] is None
    assert decoded(type_info, b"\0\0")[1] == ""


def test_character_and_binary_types_of_old_clients_have_a_length_byte() -> None:
    assert decoded(b"\x27\x0a", b"\x02ab") == ("varchar", "ab")
    assert decoded(b"\x2f\x0a", b"\x02ab") == ("char", "ab")
    assert decoded(b"\x25\x0a", b"\x02ab") == ("varbinary", "6162")
    assert decoded(b"\x2d\x0a", b"\x00") == ("binary", None)


@pytest.mark.parametrize("total", [None, PLP_UNKNOWN])
def test_large_values_come_in_chunks(total: bytes | None) -> None:
    raw = wide("中" * 30)
    value = plp(raw[:31], raw[31:], total=total)  # a character straddles the chunks
    assert decoded(b"\xe7\xff\xff" + CHINESE, value) == ("nvarchar", "中" * 30)


def test_large_values_of_each_type() -> None:
    assert decoded(b"\xa7\xff\xff" + CHINESE, plp(b"abc")) == ("varchar", "abc")
    assert decoded(b"\xa5\xff\xff", plp(b"\xab\xcd")) == ("varbinary", "abcd")
    assert decoded(b"\xa5\xff\xff", b"\xff" * 8) == ("varbinary", None)
    assert decoded(b"\xa5\xff\xff", plp()) == ("varbinary", "")


def test_chunks_that_do_not_make_up_the_announced_total_are_malformed() -> None:
    with pytest.raises(MalformedMessage):
        decoded(b"\xa5\xff\xff", plp(b"abc", total=struct.pack("<Q", 4)))


def test_xml_and_types_of_the_server_itself() -> None:
    assert decoded(b"\xf1\x00", plp(wide("<a/>"))) == ("xml", "<a/>")
    schema = b"\xf1\x01" + b_varchar("db") + b_varchar("dbo") + us_varchar("schema")
    assert decoded(schema, plp(wide("<a/>"))) == ("xml", "<a/>")
    names = b_varchar("db") + b_varchar("dbo") + b_varchar("point") + us_varchar("assembly")
    assert decoded(b"\xf0\xff\xff" + names, plp(b"\x01")) == ("udt", "01")


def test_xml_may_begin_with_a_byte_order_mark_and_may_be_binary() -> None:
    assert decoded(b"\xf1\x00", plp(b"\xff\xfe" + wide("<a/>"))) == ("xml", "<a/>")
    assert decoded(b"\xf1\x00", plp(b"\xdf\xff\x01\xb0")) == ("xml", "dfff01b0")


def test_a_parameter_of_a_type_of_the_server_itself_is_described_in_short() -> None:
    names = b_varchar("") + b_varchar("dbo") + b_varchar("point")
    reader = Reader(b"\xf0" + names)
    kind = read_type(reader, has_collation=True, is_parameter=True)
    assert (reader.left, kind.read_parameter(plp(b"\x01"), 0)[0]) == (0, "01")


def test_documents_and_vectors_of_new_servers() -> None:
    assert decoded(b"\xf4", plp('{"a":"中"}'.encode())) == ("json", '{"a":"中"}')
    assert decoded(b"\xf5\x10\x00\x00", u16(b"\xa9\x01")) == ("vector", "a901")


def test_text_in_a_row_stands_behind_a_pointer() -> None:
    assert decoded(b"\x23" + bytes(4) + CHINESE, POINTER + u32(b"ab ")) == ("text", "ab")
    assert decoded(b"\x63" + bytes(4) + CHINESE, POINTER + u32(wide("中"))) == ("ntext", "中")
    assert decoded(b"\x22" + bytes(4), POINTER + u32(b"\xff")) == ("image", "ff")
    assert decoded(b"\x22" + bytes(4), b"\0") == ("image", None)


def test_text_of_a_parameter_has_no_pointer() -> None:
    kind = read_type(Reader(b"\x63" + bytes(4) + CHINESE), has_collation=True)
    assert kind.read_parameter(u32(wide("select 1")), 0) == ("select 1", 20)
    assert kind.read_parameter(b"\xff" * 4, 0) == (None, 4)


VARIANTS = [
    ("38", "", "01000000", 1),
    ("a7", CHINESE.hex() + "0a00", "6162", "ab"),
    ("e7", CHINESE.hex() + "0a00", "2d4e", "中"),
    ("6c", "0502", "017b000000", "1.23"),
    ("2a", "03", scaled_time(3, NINE_THIRTY).hex() + DAY.hex(), "2024-11-27T09:30:00"),
    ("28", "", DAY.hex(), "2024-11-27"),
    ("24", "", "ff19966f868b11d0b42d00c04fc964ff", "6f9619ff-8b86-d011-b42d-00c04fc964ff"),
    ("a5", "0a00", "dead", "dead"),
]


@pytest.mark.parametrize(("base", "properties", "value", "expected"), VARIANTS)
def test_a_variant_carries_its_type(base: str, properties: str, value: str, expected: Any) -> None:
    rest = bytes.fromhex(properties)
    raw = bytes.fromhex(base) + bytes([len(rest)]) + rest + bytes.fromhex(value)
    assert decoded(b"\x62" + bytes(4), u32(raw)) == ("sql_variant", expected)


def test_a_variant_without_bytes_is_null() -> None:
    assert decoded(b"\x62" + bytes(4), bytes(4)) == ("sql_variant", None)


@pytest.mark.parametrize("type_info", ["00", "f3", "2603", "6802", "6d02"])
def test_unknown_types_and_sizes_are_malformed(type_info: str) -> None:
    with pytest.raises(MalformedMessage):
        read_type(Reader(bytes.fromhex(type_info)), has_collation=True)


@pytest.mark.parametrize(
    ("type_info", "value"),
    [
        ("38", "0000"),
        ("2604", "0400"),
        ("a70a00" + CHINESE.hex(), "0500" + "61" * 4),
        ("a5ffff", "0500000000000000" + "05000000" + "6161"),
        ("2410", "0401020304"),
        ("28", "03ffffff"),
        ("2908", "05" + "00" * 5),
        ("3d", "ffffff7f00000000"),
        ("6d08", "0500000000" + "00"),
        ("6e08", "0100"),
        ("2300000000" + CHINESE.hex(), "10" + "00" * 20),
        ("2300000000" + CHINESE.hex(), "10" + "00" * 24 + "feffffff"),
        ("a5ffff", "ffffffffffffff7f" + "ffffffff" + "6161"),
        ("a5ffff", "feffffffffffffff" + "ffffff7f" + "6161"),
        ("f4", "fdffffffffffffff" + "01000000" + "61" + "00000000"),
        ("6200000000", "ffffff7f" + "3800"),
        ("6200000000", "0700000038000100000000"),
        ("6200000000", "ff0000006c022600" + "01" * 251),
        ("6a112602", "0401020304"),
        ("6a112627", "0501010000" + "00"),
        ("2608", "03010203"),
        ("6801", "020101"),
        ("2807", "0101"),
        ("2907", "03000000"),
        ("2900", "03ffffff"),
        ("2b00", "08000000" + "000000" + "ff7f"),
    ],
)
def test_values_that_are_cut_or_impossible_are_malformed(type_info: str, value: str) -> None:
    kind = read_type(Reader(bytes.fromhex(type_info)), has_collation=True)
    with pytest.raises(MALFORMED):
        kind.read(bytes.fromhex(value), 0)


type_infos = st.builds(
    lambda token, rest: bytes([token]) + rest,
    st.sampled_from(sorted(Token)),
    st.sampled_from([b"\x04", b"\x08", b"\x10", b"\xff\xff", b""]).flatmap(
        lambda start: st.binary(max_size=12).map(lambda rest: start + rest)
    ),
)


@settings(max_examples=500, deadline=None)
@given(type_infos, st.binary(max_size=60), st.booleans())
def test_damaged_values_are_values_or_malformed_and_nothing_else(
    type_info: bytes, value: bytes, has_collation: bool
) -> None:
    try:
        kind = read_type(Reader(type_info), has_collation=has_collation)
        found = [kind.read(value, 0)[0], kind.read_parameter(value, 0)[0]]
    except MALFORMED:
        return
    json_line(found)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(Token)), st.integers(0, 255), st.binary(max_size=40))
def test_lengths_that_do_not_fit_their_type_never_raise_anything_else(
    token: int, size: int, value: bytes
) -> None:
    type_info = bytes([token, size]) + b"\x04\x02" + bytes(8)
    try:
        kind = read_type(Reader(type_info), has_collation=True)
        json_line([kind.read(short(value), 0)[0]])
    except MALFORMED:
        return
