"""Protocol versions as numbers of LOGIN7, and what they change on the wire (MS-TDS 2.2.7.14)."""

TDS_7_0, TDS_7_1, TDS_7_2, TDS_7_3B, TDS_7_4 = (
    0x70000000,
    0x71000000,
    0x72090002,
    0x730B0003,
    0x74000004,
)


def has_collation(version: int) -> bool:
    return version >= TDS_7_1


def is_wide(version: int) -> bool:
    """ALL_HEADERS before requests, wide user types, counts and line numbers."""
    return version >= TDS_7_2


def has_null_compressed_rows(version: int) -> bool:
    return version >= TDS_7_3B
