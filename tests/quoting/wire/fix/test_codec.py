"""Messages to bytes and back."""

import typing
from collections.abc import Callable
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoting.wire.fix import messages as fix
from quoting.wire.fix.codec import Codec, NoMessage, NoNumber, Profile, UnknownType, again, sealed
from quoting.wire.fix.framer import checksum
from quoting.wire.fix.layouts import Group, Tag, UnwritableValue
from quoting.wire.fix.values import FieldRefused, RejectReason, timestamp, timestamp_text
from riskgw.kernel.decimals import scaled
from tests.quoting.wire.fix.words import AT_NS, SENDING, cancel_all, entry, mass_quote, raw

CODEC = Codec()
STRICT = Codec(Profile(refuses_unknown_tags=True))
TEXTS = st.text(
    st.characters(blacklist_characters="\x01", blacklist_categories=["Cs"]), min_size=1, max_size=9
)
DECIMALS = st.from_regex(r"-?[0-9]{1,9}(\.[0-9]{1,8})?", fullmatch=True)
INSTANTS = st.integers(0, 4_000_000_000_000).map(lambda milliseconds: milliseconds * 1_000_000)
DATES = st.dates().filter(lambda day: day.year > 999).map(lambda day: int(day.strftime("%Y%m%d")))


def values(mark: Any) -> st.SearchStrategy[Any]:
    """Of a field, by how it is read."""
    if isinstance(mark, Group):
        return st.lists(structs(mark.entry), min_size=1, max_size=3).map(tuple)
    name = mark.read.__name__ if mark.read else "text"
    return {
        "text": TEXTS,
        "integer": st.integers(-(10**17), 10**17),
        "decimal": DECIMALS,
        "boolean": st.booleans(),
        "timestamp": INSTANTS,
        "date": DATES,
        "code": st.sampled_from(["1", "2"]),
    }[name]


def structs(struct: type[Any]) -> st.SearchStrategy[Any]:
    """Any value of a message or group; fields that may be absent are at times."""
    hints = get_type_hints(struct, include_extras=True)
    fields = {}
    for name in struct._fields:
        plain, *marks = get_args(hints[name])
        mark = next(each for each in marks if isinstance(each, Tag | Group))
        known = values(mark)
        optional = type(None) in typing.get_args(plain)
        fields[name] = st.none() | known if optional else known
    return st.builds(struct, **fields)


MESSAGES = st.sampled_from(list(fix.TYPES.values())).flatmap(structs)


@given(MESSAGES)
@settings(max_examples=200)
def test_every_message_comes_back_as_it_was(message: fix.Message) -> None:
    data = CODEC.encode(message, SENDING)
    for codec in (CODEC, STRICT):
        envelope = codec.open(data)
        assert codec.read(envelope) == message
        assert (envelope.type, envelope.number) == (codec.kind(message), 7)


def test_a_mass_quote_has_the_fields_of_the_profile_in_their_order() -> None:
    text = CODEC.encode(mass_quote(levels=1), SENDING).decode().replace("\x01", "|")
    assert text == (
        "8=FIX.4.4|9=201|35=i|49=RISKGW|56=CHANNEL1|34=7|52=20260304-02:30:00.125|"
        "117=Q1|301=2|296=1|302=USD.CNY|304=1|295=1|299=L0|55=USD.CNY|132=6.4688|133=6.4701|"
        "134=1000000|135=1000000|60=20260304-02:30:00.125|64=20260306|10=242|"
    )


def test_stop_all_is_a_quote_cancel_of_kind_4() -> None:
    text = CODEC.encode(cancel_all("C9"), SENDING).decode().replace("\x01", "|")
    assert text.endswith("|117=C9|298=4|10=090|")


def test_a_profile_renumbers_tags_both_ways() -> None:
    codec = Codec(Profile({132: 20132, 299: 20299}))
    data = codec.encode(mass_quote(), SENDING)
    assert b"\x0120299=L0\x0155=USD.CNY\x0120132=6.4688\x01" in data
    assert b"\x01132=" not in data
    assert codec.read(codec.open(data)) == mass_quote()


def test_prices_stay_the_text_they_were() -> None:
    one = entry()._replace(bid="6.46880", offer="0.00001234")
    quote = fix.MassQuote("Q", 2, (fix.QuoteSet("S", 1, (one,)),))
    read = CODEC.read(CODEC.open(CODEC.encode(quote, SENDING)))
    assert isinstance(read, fix.MassQuote)
    got = read.sets[0].entries[0]
    assert (got.bid, got.offer) == ("6.46880", "0.00001234")
    assert scaled(str(got.offer), 8) == 1234


@pytest.mark.parametrize("bad", ["a\x0155=b", ""])
def test_a_value_that_would_break_the_message_is_not_written(bad: str) -> None:
    with pytest.raises(UnwritableValue):
        CODEC.encode(fix.QuoteCancel(bad, "4"), SENDING)


BODY = "117=Q|301=2|296=1|302=S|304=2|295=2|299=a|55=P|132=1.5|299=b|55=P|133=2|"


def quote_without(old: str, new: str) -> str:
    assert old in BODY
    return BODY.replace(old, new)


@pytest.mark.parametrize(
    ("body", "reason", "tag"),
    [
        (quote_without("117=Q|", ""), RejectReason.REQUIRED_TAG_MISSING, 117),
        (quote_without("55=P|132", "132"), RejectReason.REQUIRED_TAG_MISSING, 55),
        (quote_without("117=Q", "117="), RejectReason.TAG_WITHOUT_VALUE, 117),
        (quote_without("117=Q|", "117=Q|117=R|"), RejectReason.TAG_MORE_THAN_ONCE, 117),
        (quote_without("132=1.5|", "132=1.5|132=2|"), RejectReason.TAG_MORE_THAN_ONCE, 132),
        (quote_without("132=1.5", "132=1,5"), RejectReason.INCORRECT_DATA_FORMAT, 132),
        (quote_without("132=1.5", "132=1e5"), RejectReason.INCORRECT_DATA_FORMAT, 132),
        (quote_without("132=1.5", "132=NaN"), RejectReason.INCORRECT_DATA_FORMAT, 132),
        (quote_without("301=2", "301=2.0"), RejectReason.INCORRECT_DATA_FORMAT, 301),
        (quote_without("295=2", "295=3"), RejectReason.INCORRECT_GROUP_COUNT, 295),
        (quote_without("295=2", "295=1"), RejectReason.INCORRECT_GROUP_COUNT, 295),
        (quote_without("296=1", "296=-1"), RejectReason.VALUE_INCORRECT, 296),
        (quote_without("296=1", "296=1001"), RejectReason.VALUE_INCORRECT, 296),
        (quote_without("299=a|55=P|", "55=P|299=a|"), RejectReason.GROUP_OUT_OF_ORDER, 55),
        (BODY + "34=5|", RejectReason.TAG_OUT_OF_ORDER, 34),
        (BODY + "x=5|", RejectReason.INVALID_TAG_NUMBER, None),
        (BODY + "0=5|", RejectReason.INVALID_TAG_NUMBER, None),
        (BODY + "-1=5|", RejectReason.INVALID_TAG_NUMBER, None),
        (BODY + "no field|", RejectReason.INVALID_TAG_NUMBER, None),
        (BODY + "9999=|", RejectReason.TAG_WITHOUT_VALUE, 9999),
    ],
)
def test_a_bad_field_is_refused_with_its_reason(
    body: str, reason: RejectReason, tag: int | None
) -> None:
    with pytest.raises(FieldRefused) as refused:
        CODEC.read(CODEC.open(raw("i", body)))
    assert (refused.value.reason, refused.value.tag) == (reason, tag)


def test_codes_that_there_are_not_are_refused() -> None:
    with pytest.raises(FieldRefused) as refused:
        CODEC.read(CODEC.open(raw("Z", "117=C|298=9|")))
    assert refused.value.reason is RejectReason.VALUE_INCORRECT


def test_tags_beyond_the_profile_are_passed_over_or_refused() -> None:
    body = BODY.replace("132=1.5|", "132=1.5|9001=x|") + "9002=y|"
    read = CODEC.read(CODEC.open(raw("i", body)))
    assert isinstance(read, fix.MassQuote)
    assert [each.bid for each in read.sets[0].entries] == ["1.5", None]
    with pytest.raises(FieldRefused) as refused:
        STRICT.read(STRICT.open(raw("i", body)))
    assert (refused.value.reason, refused.value.tag) == (
        RejectReason.TAG_NOT_DEFINED_FOR_MESSAGE,
        9001,
    )


def test_a_header_field_twice_is_refused_when_the_message_is_read() -> None:
    envelope = CODEC.open(raw("0", also="49=AGAIN|"))
    assert envelope.sender == "CHANNEL1"
    with pytest.raises(FieldRefused) as refused:
        CODEC.read(envelope)
    assert (refused.value.reason, refused.value.tag) == (RejectReason.TAG_MORE_THAN_ONCE, 49)


def test_a_type_of_fix_that_the_profile_lacks_differs_from_one_there_is_not() -> None:
    with pytest.raises(UnknownType):
        CODEC.read(CODEC.open(raw("AE")))
    with pytest.raises(FieldRefused) as refused:
        CODEC.read(CODEC.open(raw("ZZ")))
    assert refused.value.reason is RejectReason.INVALID_MSG_TYPE


@pytest.mark.parametrize("number", ["", "x", "0", "-3", "1.5"])
def test_a_message_without_a_number_is_told_apart(number: str) -> None:
    with pytest.raises(NoNumber):
        CODEC.open(sealed(f"35=0\x0134={number}\x01"))


def test_a_message_that_does_not_begin_with_its_type_is_none() -> None:
    with pytest.raises(NoMessage):
        CODEC.open(sealed("49=CHANNEL1\x0135=0\x0134=2\x01"))


def test_a_message_sent_again_says_when_it_went_first() -> None:
    sent = CODEC.encode(mass_quote(), SENDING)
    data = again(sent, AT_NS + 5_000_000)
    envelope = CODEC.open(data)
    assert CODEC.read(envelope) == mass_quote()
    assert envelope.is_possibly_double
    assert timestamp(envelope.header["122"]) == AT_NS
    assert timestamp(envelope.header["52"]) == AT_NS + 5_000_000
    assert envelope.number == 7


def test_a_clock_put_back_does_not_make_a_message_older_than_its_first_sending() -> None:
    envelope = CODEC.open(again(CODEC.encode(mass_quote(), SENDING), AT_NS - 5_000_000))
    assert envelope.header["122"] == envelope.header["52"]


@given(st.binary(max_size=2000))
def test_the_checksum_is_the_sum_of_all_bytes(data: bytes) -> None:
    assert checksum(data) == sum(data) & 255


@pytest.mark.parametrize(
    ("text", "at_ns"),
    [
        ("19700101-00:00:01", 1_000_000_000),
        ("19700101-00:00:01.5", 1_500_000_000),
        ("19700101-00:00:01.000001", 1_000_001_000),
        ("19700101-00:00:01.000000001", 1_000_000_001),
    ],
)
def test_times_are_read_in_every_precision(text: str, at_ns: int) -> None:
    assert timestamp(text) == at_ns


@pytest.mark.parametrize(
    "text", ["", "20260230-00:00:00", "20260203", "20260203-24:00:00", "20260203-00:00:00.",
             "20260203-00:00:00.1234567890", "20260203-00:00:00,5", "２０260203-00:00:00"]
)  # fmt: skip
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        timestamp(text)


@given(INSTANTS)
def test_times_come_back_to_the_millisecond(at_ns: int) -> None:
    assert timestamp(timestamp_text(at_ns + 999_999)) == at_ns


def damaged(draw: Callable[[st.SearchStrategy[Any]], Any], data: bytes) -> bytes:
    at = draw(st.integers(0, len(data) - 1))
    put: bytes = draw(st.binary(max_size=6))
    return data[:at] + put + data[at + draw(st.integers(0, 6)) :]


@given(st.data(), MESSAGES)
def test_damage_behind_a_right_checksum_is_read_or_refused(
    data: st.DataObject, message: fix.Message
) -> None:
    content = CODEC.encode(message, SENDING).partition(b"\x0135=")[2][:-7]
    broken = damaged(data.draw, b"35=" + content).decode("utf-8", "surrogateescape")
    try:
        CODEC.read(CODEC.open(sealed(broken)))
    except (FieldRefused, UnknownType, NoNumber, NoMessage):
        return
