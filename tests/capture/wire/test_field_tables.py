"""Field tables: rows like a specification's, and what is refused in them."""

import pytest

from capture.wire.field_tables import extended, fields_of_table, named, struct_of

TABLE = """
   0 Name    char[4]
   4 Price   Price
  12 Count   u16
"""


def test_a_table_becomes_one_unpack() -> None:
    fields = fields_of_table(TABLE)
    assert struct_of(fields).format == ">4sqH"
    assert [field.name for field in fields] == ["Name", "Price", "Count"]


def test_a_row_that_leaves_a_hole_is_refused() -> None:
    with pytest.raises(ValueError, match="Count stands at 13, the row before ends at 12"):
        fields_of_table(TABLE.replace("  12 ", "  13 "))


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(KeyError):
        fields_of_table("0 Name varchar")


def test_an_extension_follows_the_table() -> None:
    fields = extended(fields_of_table(TABLE), "More u32, Flag char[1]")
    assert [(field.name, field.offset) for field in fields[-2:]] == [("More", 14), ("Flag", 18)]
    assert extended(fields, "") == fields


def test_values_are_named_and_text_is_stripped_on_the_right() -> None:
    fields = fields_of_table(TABLE)
    values = struct_of(fields).unpack(b" a \0" + (-1).to_bytes(8, "big", signed=True) + b"\xff\xff")
    assert named(fields, values) == {"Name": " a", "Price": -1, "Count": 65535}


def test_text_that_is_no_utf8_is_replaced() -> None:
    fields = fields_of_table("0 Name char[6]")
    assert named(fields, ("股份".encode(),)) == {"Name": "股份"}
    assert named(fields, (b"ab\xffcd ",)) == {"Name": "ab�cd"}
