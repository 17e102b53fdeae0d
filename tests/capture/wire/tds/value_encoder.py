"""Encodes values of every data type, for round trips: MS-TDS 2.2.5.4 to 2.2.5.6, written anew."""

import struct
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from riskgw.kernel.decimals import plain
from tests.capture.wire.tds.dialogue import CHINESE, b_varchar, us_varchar, wide

POINTER = b"\x10" + bytes(range(16)) + bytes(8)
DAYS_TO_1900 = 693_595


class Sample(NamedTuple):
    """A value of a type, as it stands in a row and as a parameter, and as it is shown."""

    type_info: bytes
    in_row: bytes
    as_parameter: bytes
    shown: Any
    name: str
    # COLMETADATA names the table of text, ntext and image.
    has_table_name: bool = False

    @property
    def is_null(self) -> bool:
        return self.shown is None


def _same(type_info: bytes, data: bytes, shown: Any, name: str) -> Sample:
    return Sample(type_info, data, data, shown, name)


def _short(type_info: bytes, raw: bytes | None, shown: Any, name: str) -> Sample:
    return _same(type_info, b"\0" if raw is None else bytes([len(raw)]) + raw, shown, name)


def _integers() -> SearchStrategy[Sample]:
    widths = {1: ("B", "tinyint", 0x30), 2: ("<h", "smallint", 0x34), 4: ("<i", "int", 0x38),
              8: ("<q", "bigint", 0x7F)}  # fmt: skip

    def build(width: int, bits: int, is_fixed: bool) -> Sample:
        form, name, token = widths[width]
        value = bits % 256 if width == 1 else bits % 2 ** (8 * width) - 2 ** (8 * width - 1)
        raw = struct.pack(form, value)
        if is_fixed:
            return _same(bytes([token]), raw, value, name)
        return _short(bytes([0x26, width]), raw, value, name)

    return st.builds(build, st.sampled_from(sorted(widths)), st.integers(0, 2**64), st.booleans())


def _bits() -> SearchStrategy[Sample]:
    return st.booleans().map(lambda bit: _short(b"\x68\x01", bytes([bit]), bit, "bit")) | (
        st.booleans().map(lambda bit: _same(b"\x32", bytes([bit]), bit, "bit"))
    )


def _floats() -> SearchStrategy[Sample]:
    whole = st.floats(allow_nan=False, allow_infinity=False)
    # Seven digits are what people write into a real.
    decimals = st.integers(-9_999_999, 9_999_999).map(lambda number: number / 1000)
    return whole.map(
        lambda value: _short(b"\x6d\x08", struct.pack("<d", value), value, "float")
    ) | decimals.map(lambda value: _short(b"\x6d\x04", struct.pack("<f", value), value, "real"))


def _money() -> SearchStrategy[Sample]:
    def large(units: int) -> Sample:
        raw = struct.pack("<iI", units >> 32, units & 0xFFFFFFFF)
        return _short(b"\x6e\x08", raw, plain(units, 4), "money")

    def small(units: int) -> Sample:
        return _same(b"\x7a", struct.pack("<i", units), plain(units, 4), "smallmoney")

    return st.integers(-(2**63), 2**63 - 1).map(large) | st.integers(-(2**31), 2**31 - 1).map(small)


def _decimals() -> SearchStrategy[Sample]:
    def build(units: int, scale: int, token: int) -> Sample:
        size = next(size for size in (4, 8, 12, 16) if abs(units) < 256**size)
        raw = bytes([units >= 0]) + abs(units).to_bytes(size, "little")
        name = "decimal" if token in (0x6A, 0x37) else "numeric"
        shown = f"{Decimal((units < 0, tuple(map(int, str(abs(units)))), -scale)):f}"
        if "." in shown:
            shown = shown.rstrip("0").rstrip(".")
        return _short(bytes([token, 17, 38, scale]), raw, "0" if shown == "-0" else shown, name)

    top = 10**38 - 1
    tokens = st.sampled_from([0x6A, 0x6C, 0x37, 0x3F])
    return st.builds(build, st.integers(-top, top), st.integers(0, 38), tokens)


def _units(seconds: int, fraction: int, scale: int) -> bytes:
    size = (3, 3, 3, 4, 4, 5, 5, 5)[scale]
    units: int = seconds * 10**scale + fraction % 10**scale
    return units.to_bytes(size, "little")


def _fraction(fraction: int, scale: int) -> str:
    digits = f"{fraction % 10**scale:0{scale}}".rstrip("0") if scale else ""
    return f".{digits}" if digits else ""


def _times() -> SearchStrategy[Sample]:
    def build(moment: datetime, fraction: int, scale: int, offset: int, kind: str) -> Sample:
        seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
        raw = _units(seconds, fraction, scale)
        day = (moment.toordinal() - 1).to_bytes(3, "little")
        decimals = _fraction(fraction, scale)
        if kind == "time":
            return _short(bytes([0x29, scale]), raw, f"{moment:%H:%M:%S}{decimals}", kind)
        if kind == "datetime2":
            shown = f"{moment.isoformat()}{decimals}"
            return _short(bytes([0x2A, scale]), raw + day, shown, kind)
        zone = timezone(timedelta(minutes=offset))
        local = moment.replace(tzinfo=UTC).astimezone(zone).isoformat()
        shown = local[:19] + decimals + local[19:]
        data = raw + day + struct.pack("<h", offset)
        return _short(bytes([0x2B, scale]), data, shown, kind)

    return st.builds(
        build,
        st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31)).map(
            lambda moment: moment.replace(microsecond=0)
        ),
        st.integers(0, 10**7 - 1),
        st.integers(0, 7),
        st.integers(-840, 840),
        st.sampled_from(["time", "datetime2", "datetimeoffset"]),
    )


def _dates() -> SearchStrategy[Sample]:
    return st.dates().map(
        lambda day: _short(
            b"\x28", (day.toordinal() - 1).to_bytes(3, "little"), day.isoformat(), "date"
        )
    )


def _old_times() -> SearchStrategy[Sample]:
    def small(day: date, minute: int) -> Sample:
        raw = struct.pack("<HH", day.toordinal() - 1 - DAYS_TO_1900, minute)
        shown = f"{day.isoformat()}T{minute // 60:02}:{minute % 60:02}:00"
        return _short(b"\x6f\x04", raw, shown, "smalldatetime")

    def large(day: date, second: int, hundredths: int) -> Sample:
        raw = struct.pack("<iI", day.toordinal() - 1 - DAYS_TO_1900, second * 300 + 3 * hundredths)
        shown = f"{day.isoformat()}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
        if hundredths:
            shown += f".{hundredths * 10:03}"
        return _same(b"\x3d", raw, shown, "datetime")

    return st.builds(
        small, st.dates(date(1900, 1, 1), date(2079, 6, 6)), st.integers(0, 1439)
    ) | st.builds(
        large, st.dates(date(1753, 1, 1)), st.integers(0, 86_399), st.integers(0, 99)
    )  # fmt: skip


def _guids() -> SearchStrategy[Sample]:
    return st.uuids().map(
        lambda guid: _short(b"\x24\x10", UUID(str(guid)).bytes_le, str(guid), "uniqueidentifier")
    )


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
xmls = texts.map(lambda text: f"<a>{text}</a>")
chinese_texts = st.text("浦发银行贵州茅台ABC019 ", max_size=20)


def _chunked(raw: bytes, size: int, *, is_known: bool = True) -> bytes:
    parts = [raw[at : at + size] for at in range(0, len(raw), size)]
    total = struct.pack("<Q", len(raw) if is_known else 2**64 - 2)
    return total + b"".join(struct.pack("<I", len(part)) + part for part in parts) + bytes(4)


def _sized(
    token: int, name: str, encode: Callable[[Any], tuple[bytes, Any]], *, has_collation: bool
) -> Callable[[Any, int, bool, bool], Sample]:
    """A type of up to 8000 bytes or of any size."""
    collation = CHINESE if has_collation else b""

    def build(value: Any, chunk: int, is_large: bool, is_known: bool) -> Sample:
        raw, shown = encode(value)
        if is_large and name not in ("char", "nchar", "binary"):
            return _same(
                bytes([token]) + b"\xff\xff" + collation,
                _chunked(raw, chunk, is_known=is_known),
                shown,
                name,
            )
        type_info = struct.pack("<BH", token, 8000) + collation
        return _same(type_info, struct.pack("<H", len(raw)) + raw, shown, name)

    return build


def _wide(text: str) -> tuple[bytes, str]:
    return wide(text), text.rstrip(" ")


def _narrow(text: str) -> tuple[bytes, str]:
    return text.encode("gbk"), text.rstrip(" ")


def _binary(raw: bytes) -> tuple[bytes, str]:
    return raw, raw.hex()


def _strings() -> SearchStrategy[Sample]:
    framing = (st.integers(1, 9), st.booleans(), st.booleans())
    kinds: list[tuple[int, str, Callable[[Any], tuple[bytes, Any]], SearchStrategy[Any]]] = [
        (0xE7, "nvarchar", _wide, texts), (0xEF, "nchar", _wide, texts),
        (0xA7, "varchar", _narrow, chinese_texts), (0xAF, "char", _narrow, chinese_texts),
        (0xA5, "varbinary", _binary, st.binary(max_size=40)),
        (0xAD, "binary", _binary, st.binary(max_size=40)),
    ]  # fmt: skip
    return st.one_of([
        st.builds(_sized(token, name, encode, has_collation="bin" not in name), values, *framing)
        for token, name, encode, values in kinds
    ])  # fmt: skip


def _long_texts() -> SearchStrategy[Sample]:
    def build(token: int, name: str, raw: bytes, shown: str) -> Sample:
        collation = b"" if name == "image" else CHINESE
        sized = struct.pack("<I", len(raw)) + raw
        return Sample(
            bytes([token]) + bytes(4) + collation,
            POINTER + sized,
            sized,
            shown,
            name,
            has_table_name=True,
        )

    return (
        texts.map(lambda text: build(0x63, "ntext", *_wide(text)))
        | chinese_texts.map(lambda text: build(0x23, "text", *_narrow(text)))
        | st.binary(max_size=20).map(lambda raw: build(0x22, "image", *_binary(raw)))
    )


def _others() -> SearchStrategy[Sample]:
    schema = b"\x01" + b_varchar("db") + b_varchar("dbo") + us_varchar("schema")
    return (
        xmls.map(lambda text: _same(b"\xf1\0", _chunked(wide(text), 6), text, "xml"))
        | xmls.map(
            lambda text: _same(
                b"\xf1" + schema, _chunked(wide(text), 6, is_known=False), text, "xml"
            )
        )
        | texts.map(
            lambda text: _same(b"\xf4", _chunked(text.encode(), 5), text.rstrip(" "), "json")
        )
        | st.integers(-(2**31), 2**31 - 1).map(_variant)
        | texts.map(_text_variant)
    )


def _variant(value: int) -> Sample:
    raw = b"\x38\x00" + struct.pack("<i", value)
    return _same(b"\x62" + bytes(4), struct.pack("<I", len(raw)) + raw, value, "sql_variant")


def _text_variant(text: str) -> Sample:
    raw = b"\xe7\x07" + CHINESE + b"\x40\x1f" + wide(text)
    data = struct.pack("<I", len(raw)) + raw
    return _same(b"\x62" + bytes(4), data, text.rstrip(" "), "sql_variant")


NULLS = [
    _short(b"\x26\x04", None, None, "int"),
    _short(b"\x6a\x11\x26\x02", None, None, "decimal"),
    _short(b"\x2a\x07", None, None, "datetime2"),
    _short(b"\x28", None, None, "date"),
    _short(b"\x24\x10", None, None, "uniqueidentifier"),
    _same(b"\x1f", b"", None, "null"),
    _same(b"\xe7\x90\x01" + CHINESE, b"\xff\xff", None, "nvarchar"),
    _same(b"\xaf\x0a\x00" + CHINESE, b"\xff\xff", None, "char"),
    _same(b"\xa5\xff\xff", b"\xff" * 8, None, "varbinary"),
    _same(b"\xf1\x00", b"\xff" * 8, None, "xml"),
    _same(b"\x62" + bytes(4), bytes(4), None, "sql_variant"),
    Sample(b"\x63" + bytes(4) + CHINESE, b"\0", b"\xff" * 4, None, "ntext", has_table_name=True),
]

samples: SearchStrategy[Sample] = st.one_of(
    _integers(), _bits(), _floats(), _money(), _decimals(), _times(), _dates(), _old_times(),
    _guids(), _strings(), _long_texts(), _others(), st.sampled_from(NULLS),
)  # fmt: skip
