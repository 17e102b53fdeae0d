"""What a client sends: PRELOGIN, LOGIN7, batches and procedure calls, whole and damaged."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.wire.tds.reader import MalformedMessage
from capture.wire.tds.requests import (
    MESSAGE_CALLS_MAX,
    PARAMETERS_MAX,
    REMEMBERED_HEADS_MAX,
    headers_size,
    login7,
    prelogin,
    procedure_calls,
    sql_batch,
)
from capture.wire.tds.version import TDS_7_0, TDS_7_1, TDS_7_2, TDS_7_4, Version
from tests.capture.wire.tds import dialogue
from tests.capture.wire.tds.dialogue import (
    CHINESE,
    HEADERS,
    INTN,
    b_varchar,
    call,
    integer,
    nvarchar,
    parameter,
    wide,
)


def body(packet: bytes) -> bytes:
    return packet[8:]


def test_prelogin_options_have_names() -> None:
    assert prelogin(body(dialogue.prelogin(encryption=3))) == {
        "version": "11.0.2100",
        "encryption": 3,
    }


def test_prelogin_options_without_a_name_are_hex() -> None:
    assert prelogin(b"\x0b\x00\x06\x00\x02\xffab") == {"option_11": "6162"}


@pytest.mark.parametrize("size", [0, 4, 10, 11, 17])
def test_a_cut_prelogin_is_malformed(size: int) -> None:
    with pytest.raises(MalformedMessage):
        prelogin(body(dialogue.prelogin())[:size])


@pytest.mark.parametrize(
    ("version", "text"), [("7.0", "7.0"), ("7.1", "7.1"), ("7.2", "7.2"), ("7.4", "7.4")]
)
def test_a_login_tells_who_wants_what(version: str, text: str) -> None:
    fields, found = login7(body(dialogue.login7(version)))
    assert fields == {
        "version": text,
        "host": "host",
        "user": "trader",
        "app": "oms",
        "server": "server",
        "database": "Ashare_OIW",
        "password": "***",
    }
    assert found == Version(7, int(text[-1]))


def test_an_unknown_version_is_shown_as_its_number() -> None:
    data = body(dialogue.login7())
    fields, version = login7(data[:4] + b"\x01\x00\x00\x75" + data[8:])
    assert (fields["version"], version) == ("0x75000001", None)


@pytest.mark.parametrize("change", [slice(0, -1), slice(0, 30)])
def test_a_login_of_another_length_than_it_says_is_malformed(change: slice) -> None:
    with pytest.raises(MalformedMessage):
        login7(body(dialogue.login7())[change])


def test_a_login_whose_text_lies_outside_is_malformed() -> None:
    data = bytearray(body(dialogue.login7()))
    data[36:38] = b"\xff\xff"
    with pytest.raises(MalformedMessage):
        login7(bytes(data))


def test_a_batch_is_text_behind_its_headers() -> None:
    assert sql_batch(HEADERS + wide("select '中'"), TDS_7_4) == "select '中'"
    assert sql_batch(wide("select 1"), TDS_7_1) == "select 1"


def test_mid_stream_the_look_of_the_headers_decides() -> None:
    assert sql_batch(HEADERS + wide("select 1"), None) == "select 1"
    assert sql_batch(wide("select 1"), None) == "select 1"


@pytest.mark.parametrize("total", [0, 4, 23, 2**32 - 1])
def test_headers_that_cannot_be_are_malformed(total: int) -> None:
    data = total.to_bytes(4, "little") + HEADERS[4:]
    with pytest.raises(MalformedMessage):
        headers_size(data, TDS_7_2)
    assert headers_size(data, None) == 0


def test_a_procedure_is_called_by_name_or_number() -> None:
    for procedure, name in (("p_ins_order", "p_ins_order"), (10, "sp_executesql"), (99, None)):
        (found,) = procedure_calls(HEADERS + call(procedure), TDS_7_4)
        assert found.procedure == (name or "procedure_99")
        assert found.parameters == []


def test_parameters_have_name_type_value_and_direction() -> None:
    data = HEADERS + call("p", nvarchar("@a", "中"), integer("@b", None, is_output=True))
    assert procedure_calls(data, TDS_7_4)[0].parameters == [
        ("@a", "nvarchar", "中", False),
        ("@b", "int", None, True),
    ]


@pytest.mark.parametrize("separator", [b"\xff", b"\xfe"])
def test_calls_of_one_message_stand_apart(separator: bytes) -> None:
    data = HEADERS + call("a", integer("", 1)) + separator + call("b", integer("", 2)) + separator
    assert [each.procedure for each in procedure_calls(data, TDS_7_4)] == ["a", "b"]


def test_before_7_2_calls_stand_apart_by_another_byte() -> None:
    data = call("a", integer("", 1)) + b"\x80" + call("b")
    assert [each.procedure for each in procedure_calls(data, TDS_7_1)] == ["a", "b"]


@pytest.mark.parametrize(("count", "is_too_many"), [(PARAMETERS_MAX, False), (4097, True)])
def test_a_call_has_at_most_so_many_parameters(count: int, is_too_many: bool) -> None:
    data = HEADERS + call("p", *[integer("", 1)] * count)
    if is_too_many:
        with pytest.raises(MalformedMessage):
            procedure_calls(data, TDS_7_4)
    else:
        assert len(procedure_calls(data, TDS_7_4)[0].parameters) == count


def test_a_message_has_at_most_so_many_calls() -> None:
    data = HEADERS + b"\xff".join([call("p")] * (MESSAGE_CALLS_MAX + 1))
    with pytest.raises(MalformedMessage, match="16385 calls"):
        procedure_calls(data, TDS_7_4)


def test_parameters_forgotten_are_read_again() -> None:
    for _ in range(2):
        for number in range(0, REMEMBERED_HEADS_MAX + 200, 100):
            names = [f"@p{number + place}" for place in range(100)]
            data = HEADERS + call("p", *(integer(name, 5) for name in names))
            (found,) = procedure_calls(data, TDS_7_4)
            assert found.parameters == [(name, "int", 5, False) for name in names]


def test_calls_that_begin_alike_may_go_on_otherwise() -> None:
    first = nvarchar("@statement", "insert ordwth values (@a, @b, @c)")
    rests = [
        [integer("@a", 1), nvarchar("@b", "x")],
        [integer("@a", 1)],
        [],
        [integer("@a", 2), nvarchar("@b", "y"), integer("@c", 3)],
        [integer("@b", 2), nvarchar("@a", "y")],
        [parameter("@a", b"\xf1\0", b"\xff" * 8), integer("@c", 3)],
    ]
    values = [[1, "x"], [1], [], [2, "y", 3], [2, "y"], [None, 3]]
    for _ in range(2):
        for rest, expected in zip(rests, values, strict=True):
            data = HEADERS + b"\xff".join([call("p", first, *rest), call("q", integer("@z", 9))])
            one, other = procedure_calls(data, TDS_7_4)
            assert [each.value for each in one.parameters[1:]] == expected
            assert [each.value for each in other.parameters] == [9]


@given(st.lists(st.lists(st.integers(0, 3), max_size=6), min_size=1, max_size=5))
def test_what_is_remembered_of_calls_changes_nothing(calls: list[list[int]]) -> None:
    """Names and types by the value; the same calls alone and behind each other."""
    written = [
        [integer(f"@p{value}", value) if value else nvarchar("@t", None) for value in each]
        for each in calls
    ]
    together = procedure_calls(
        HEADERS + b"\xff".join(call("p", *each) for each in written), TDS_7_4
    )
    alone = [procedure_calls(HEADERS + call("p", *each), TDS_7_4)[0] for each in written]
    assert together == alone
    assert [[each.value for each in found.parameters] for found in together] == [
        [value or None for value in each] for each in calls
    ]


def test_the_same_bytes_are_another_parameter_in_another_version() -> None:
    head = b_varchar("@a") + b"\0\xe7\x90\x01"
    old = call("p", head + b"\x04\0" + wide("ab"))
    new = HEADERS + call("p", head + CHINESE + b"\x04\0" + wide("ab"))
    for _ in range(2):
        assert procedure_calls(old, TDS_7_0)[0].parameters == [("@a", "nvarchar", "ab", False)]
        assert procedure_calls(new, TDS_7_4)[0].parameters == [("@a", "nvarchar", "ab", False)]


def test_a_parameter_left_to_its_default_has_no_value() -> None:
    data = HEADERS + call("p", b_varchar("@a") + b"\x02" + INTN + b"\0", integer("@b", 1))
    values = [each.value for each in procedure_calls(data, TDS_7_4)[0].parameters]
    assert values == [None, 1]


def test_a_parameter_encrypted_by_its_client_is_not_guessed() -> None:
    data = HEADERS + call("p", b_varchar("@a") + b"\x08\xa5\x10\x00" + b"\x02\x00ab")
    for _ in range(2):
        with pytest.raises(MalformedMessage, match="encrypted by its client"):
            procedure_calls(data, TDS_7_4)


def test_large_text_of_a_parameter_has_no_pointer() -> None:
    value = wide("insert …")
    ntext = b"\x63" + bytes(4) + CHINESE
    data = HEADERS + call("p", parameter("", ntext, len(value).to_bytes(4, "little") + value))
    assert procedure_calls(data, TDS_7_4)[0].parameters[0].value == "insert …"


calls = HEADERS + call("p_ins_order", nvarchar("@reff", "0001"), integer("@rec_num", 5))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(calls)), st.binary(max_size=20), st.sampled_from([TDS_7_1, TDS_7_4]))
def test_damaged_calls_are_malformed_and_nothing_else(
    size: int, tail: bytes, version: Version
) -> None:
    try:
        procedure_calls(calls[:size] + tail, version)
    except MalformedMessage:
        return
