"""Protocol versions and what they change on the wire (MS-TDS 2.2.7.14, LOGINACK)."""

from typing import NamedTuple


class Version(NamedTuple):
    """A version by its two digits; `text` is how people call it."""

    major: int
    minor: int

    @property
    def text(self) -> str:
        return f"{self.major}.{self.minor}"

    @property
    def has_collations(self) -> bool:
        return self >= TDS_7_1

    @property
    def has_headers(self) -> bool:
        """ALL_HEADERS before requests, wide user types, row counts and line numbers."""
        return self >= TDS_7_2


TDS_7_0, TDS_7_1, TDS_7_2, TDS_7_3, TDS_7_4 = (Version(7, minor) for minor in range(5))

_BY_LOGIN = {
    0x70000000: TDS_7_0,
    0x07000000: TDS_7_0,  # as servers write it in LOGINACK
    0x07010000: TDS_7_1,
    0x71000000: TDS_7_1,
    0x71000001: TDS_7_1,
    0x72090002: TDS_7_2,
    0x730A0003: TDS_7_3,
    0x730B0003: TDS_7_3,
    0x74000004: TDS_7_4,
}


def version_of(number: int) -> Version | None:
    """The version a LOGIN7 or LOGINACK number stands for."""
    return _BY_LOGIN.get(number)
