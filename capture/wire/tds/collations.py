"""Text codec of a collation (MS-TDS 2.2.5.1.2): LCID in the low 20 bits, then flags."""

# Databases of this market without a collation on the wire (7.0) hold Chinese text.
DEFAULT_CODEC = "gb18030"
_UTF8_FLAG = 1 << 26
_CODECS = {
    0x0404: "cp950",
    0x0C04: "cp950",
    0x1404: "cp950",
    0x0804: "gb18030",  # cp936 and its superset
    0x1004: "gb18030",
    0x0411: "cp932",
    0x0412: "cp949",
    0x0405: "cp1250",
    0x0408: "cp1253",
    0x0419: "cp1251",
    0x041E: "cp874",
    0x041F: "cp1254",
}


def codec(collation: bytes) -> str:
    """Python codec of a 5-byte collation; a collation of zeros or none is the default."""
    if len(collation) < 5 or not any(collation):
        return DEFAULT_CODEC
    flags = int.from_bytes(collation[:4], "little")
    if flags & _UTF8_FLAG:
        return "utf-8"
    return _CODECS.get(flags & 0xFFFF, "cp1252")
