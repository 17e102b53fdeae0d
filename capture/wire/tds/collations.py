"""Text codec of a collation (MS-TDS 2.2.5.1.2).

LCID in the low 20 bits, flags, a version; then the sort order of an old SQL collation.
"""

# Databases of this market without a collation on the wire (7.0) hold Chinese text.
DEFAULT_CODEC = "gb18030"
_UTF8_FLAG = 1 << 26
_COLLATION_BYTES = 5
_LANGUAGE_BITS = 0xFFFF  # of the LCID; the rest tells how text is sorted

# Code pages that are not 1252, with the languages (LCID) written in them. Python's gb18030 is
# the superset of code page 936.
_LANGUAGES = {
    "cp874": (0x041E,),
    "cp932": (0x0411,),
    "gb18030": (0x0804, 0x1004),
    "cp949": (0x0412,),
    "cp950": (0x0404, 0x0C04, 0x1404),
    "cp1250": (
        0x0405, 0x040E, 0x0415, 0x0418, 0x041A, 0x041B, 0x041C, 0x0424, 0x0442, 0x081A, 0x101A,
        0x104E, 0x141A,
    ),
    "cp1251": (
        0x0402, 0x0419, 0x0422, 0x0423, 0x042F, 0x043F, 0x0440, 0x0444, 0x0450, 0x046D, 0x0485,
        0x082C, 0x0843, 0x0C1A, 0x1C1A, 0x201A,
    ),
    "cp1253": (0x0408,),
    "cp1254": (0x041F, 0x042C, 0x0443),
    "cp1255": (0x040D,),
    "cp1256": (
        0x0401, 0x0420, 0x0429, 0x0463, 0x0480, 0x048C, 0x0801, 0x0C01, 0x1001, 0x1401, 0x1801,
        0x1C01, 0x2001, 0x2401, 0x2801, 0x2C01, 0x3001, 0x3401, 0x3801, 0x3C01, 0x4001,
    ),
    "cp1257": (0x0425, 0x0426, 0x0427, 0x0827),
    "cp1258": (0x042A,),
}  # fmt: skip
_CODEC_OF_LANGUAGE = {lcid: name for name, lcids in _LANGUAGES.items() for lcid in lcids}

# Sort orders of the collations that SQL Server had before Windows gave it its own.
_SORT_ORDERS = {
    "cp437": range(30, 36),
    "cp850": (*range(40, 45), 49, *range(55, 62)),
    "cp1252": (*range(50, 55), *range(71, 76), *range(183, 187), *range(210, 218)),
    "cp1250": range(80, 99),
    "cp1251": range(104, 109),
    "cp1253": (112, 113, 114, 120, 121, 122, 124),
    "cp1254": range(128, 131),
    "cp1255": range(136, 139),
    "cp1256": range(144, 147),
    "cp1257": range(152, 161),
    "cp932": (192, 193, 200),
    "cp949": (194, 195, 201),
    "cp950": (196, 197, 202),
    "gb18030": (198, 199, 203),
    "cp874": (204, 205, 206),
}
_CODEC_OF_SORT_ORDER = {
    number: name for name, numbers in _SORT_ORDERS.items() for number in numbers
}


def codec(collation: bytes) -> str:
    """Python codec of a 5-byte collation; a collation of zeros or none is the default."""
    if len(collation) < _COLLATION_BYTES or not any(collation):
        return DEFAULT_CODEC
    flags = int.from_bytes(collation[:4], "little")
    if flags & _UTF8_FLAG:
        return "utf-8"
    of_sort_order = _CODEC_OF_SORT_ORDER.get(collation[4])
    return of_sort_order or _CODEC_OF_LANGUAGE.get(flags & _LANGUAGE_BITS, "cp1252")
