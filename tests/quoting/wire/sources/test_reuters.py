"""Reuters-like messages: login, items, images and updates, states."""

import json
from itertools import chain
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from quoting.domain.events import ProviderDown, SourceDown, Tick
from quoting.domain.generated_market import Quoted
from quoting.domain.source_settings import SourceKind
from quoting.wire.sources.problems import LinkRefused, Said, Trouble
from quoting.wire.sources.reuters import REQUESTS_MAX, ReutersStream
from quoting.wire.sources.reuters_service import ReutersService, ric
from riskgw.messages.websocket import WebSocket, request
from tests.quoting.wire.sources.words import (
    AT_NS,
    CNY,
    JPY,
    SOURCE,
    cuts,
    events,
    flat,
    named,
    troubles,
)

SETTINGS = named(SourceKind.REUTERS, "CNY=", "JPY=")
OPEN, SUSPECT = {"Stream": "Open", "Data": "Ok"}, {"Stream": "Open", "Data": "Suspect"}
LOGIN = {"Type": "Refresh", "Domain": "Login", "State": OPEN}
FIELDS: dict[str, Any] = {
    "BID": 6.4688,
    "ASK": "6.4701",
    "CTBTR_1": "BCHO",
    "QUOTIM": "02:30:00.125",
}
GOOD = Tick(CNY, SOURCE, "BCHO", ((64_688, 0),), ((64_701, 0),), AT_NS, 1)
DOWN = ProviderDown(CNY, SOURCE, "BCHO")


def item(kind: str, number: int = 1, **fields: Any) -> dict[str, Any]:
    return {"Type": kind, "Key": {"Name": "CNY="}, "SeqNumber": number, "Fields": fields}


def say(stream: ReutersStream, *messages: dict[str, Any]) -> Said:
    return stream.receive(json.dumps(messages).encode(), AT_NS)


def asked(stream: ReutersStream) -> list[dict[str, Any]]:
    replies, stream.replies = stream.replies, []
    return [json.loads(reply) for reply in replies]


def logged_in() -> ReutersStream:
    stream = ReutersStream(SETTINGS)
    say(stream, LOGIN)
    asked(stream)
    return stream


def test_it_logs_in_and_then_asks_for_its_items() -> None:
    stream = ReutersStream(SETTINGS, "secret")
    key = {"Name": "RISKGW", "Elements": {"Password": "secret"}}
    assert asked(stream) == [{"ID": 1, "Domain": "Login", "Key": key}]
    assert say(stream, LOGIN) == []
    assert asked(stream) == [{"ID": 2, "Key": {"Name": ["CNY=", "JPY="]}}]


def test_an_image_is_a_price_and_an_update_changes_what_it_names() -> None:
    stream = logged_in()
    assert say(stream, item("Refresh", **FIELDS)) == [GOOD]
    assert say(stream, item("Update", 2, BID="6.4690", ASKSIZE=5_000_000)) == [
        Tick(CNY, SOURCE, "BCHO", ((64_690, 0),), ((64_701, 5_000_000),), AT_NS, 2)
    ]


def test_an_update_of_what_has_no_image_says_nothing() -> None:
    assert say(logged_in(), item("Update", **FIELDS)) == []


def test_a_price_of_another_contributor_takes_the_place_of_the_one_before() -> None:
    stream = logged_in()
    say(stream, item("Refresh", **FIELDS))
    said = say(stream, item("Update", CTBTR_1="ICBC"))
    assert said == [Tick(CNY, SOURCE, "ICBC", GOOD.bids, GOOD.asks, AT_NS, 1), DOWN]


@pytest.mark.parametrize(
    ("fields", "trouble"),
    [({"BID": 6.46885}, Trouble.OFF_GRID), ({"ASK": "1e1"}, Trouble.NO_NUMBER),
     ({"ASK": [1]}, Trouble.NO_NUMBER), ({"BIDSIZE": 0.5}, Trouble.OFF_GRID)],
)  # fmt: skip
def test_a_price_that_is_none_takes_the_one_before_away(
    fields: dict[str, Any], trouble: Trouble
) -> None:
    stream = logged_in()
    say(stream, item("Refresh", **FIELDS))
    said = say(stream, item("Update", **fields))
    assert (troubles(said), events(said)) == ([trouble], [DOWN])


def test_a_side_that_is_null_is_not_quoted() -> None:
    stream = logged_in()
    say(stream, item("Refresh", **FIELDS))
    assert say(stream, item("Update", BID=None))[0].bids == ()  # type: ignore[union-attr]  # a Tick
    assert say(stream, item("Update", ASK=None)) == [DOWN]


def test_a_suspect_item_has_no_price_until_a_good_one_comes() -> None:
    stream = logged_in()
    say(stream, item("Refresh", **FIELDS))
    assert events(say(stream, {"Type": "Status", "Key": {"Name": "CNY="}, "State": SUSPECT})) == [
        DOWN
    ]
    assert say(stream, item("Update", BID=6.4688)) == [GOOD]
    assert events(say(stream, {**item("Refresh", **FIELDS), "State": SUSPECT})) == [DOWN]


def test_a_suspect_login_takes_all_prices_and_a_closed_one_the_link() -> None:
    stream = logged_in()
    assert events(say(stream, {**LOGIN, "Type": "Status", "State": SUSPECT})) == [
        SourceDown(SOURCE)
    ]
    with pytest.raises(LinkRefused, match="who are you"):
        say(stream, {**LOGIN, "State": {"Stream": "Closed", "Text": "who are you"}})


def test_times_of_the_day_belong_to_the_nearest_day() -> None:
    stream = logged_in()
    hour_ns = 3_600_000_000_000
    at_ns = AT_NS - 2 * hour_ns - hour_ns // 2 + 1  # just after midnight
    message = json.dumps([item("Refresh", **{**FIELDS, "QUOTIM": "23:59:59"})]).encode()
    (tick,) = stream.receive(message, at_ns)
    assert isinstance(tick, Tick)
    assert 0 < at_ns - tick.source_ns < 2_000_000_000
    dated = item("Refresh", **FIELDS, QUOTE_DATE="2026-03-03")
    assert say(stream, dated)[0].source_ns == AT_NS - 24 * hour_ns  # type: ignore[union-attr]  # a Tick
    assert troubles(say(stream, item("Update", QUOTIM="25:00:00"))) == [Trouble.NO_TIME]


def test_pings_are_answered_and_errors_named() -> None:
    stream = logged_in()
    assert troubles(say(stream, {"Type": "Ping"}, {"Type": "Error", "Text": "no"})) == [
        Trouble.REFUSED
    ]
    assert asked(stream) == [{"Type": "Pong"}]
    said = say(stream, {"Type": "Refresh", "Key": {"Name": "X="}}, {"Type": "News"})
    assert troubles(said) == [Trouble.UNKNOWN_SYMBOL, Trouble.UNREADABLE]


@pytest.mark.parametrize(
    "data", [b"{", b"[1]", b"\xff", b'[{"Type":1}]', b"[" + b"0," * 1_000 + b"0]"]
)
def test_what_cannot_be_read_takes_all_prices_until_they_are_told_anew(data: bytes) -> None:
    stream = logged_in()
    say(stream, item("Refresh", **FIELDS))
    said = stream.receive(data, AT_NS)
    assert events(said) == [SourceDown(SOURCE)]
    assert [each["ID"] for each in asked(stream)] == [2]
    assert say(stream, item("Update", BID=6.4688)) == []
    assert say(stream, item("Refresh", **FIELDS)) == [GOOD]


def test_a_link_with_too_much_garbage_is_given_up() -> None:
    stream = logged_in()
    for _ in range(REQUESTS_MAX - 1):
        stream.receive(b"{", AT_NS)
    with pytest.raises(LinkRefused):
        stream.receive(b"{", AT_NS)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8)
    | st.sampled_from(("CNY=", "Refresh", "Update", "Status", "Open", "Ok", "Suspect", "6.4688")),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(("Type", "Key", "Name", "Fields", "BID", "ASK", "CTBTR_1", "QUOTIM",
                         "State", "Stream", "Data", "Domain", "SeqNumber")), inner, max_size=6,
    ),
    max_leaves=12,
)  # fmt: skip
likely = st.builds(
    item, st.sampled_from(("Refresh", "Update", "Status")), BID=values, ASK=values, CTBTR_1=values,
    QUOTIM=values, QUOTE_DATE=values,
)  # fmt: skip


@examples(max_examples=50)
@given(
    st.lists(st.one_of(st.binary(max_size=40), (values | likely).map(json.dumps).map(str.encode)))
)
def test_whatever_comes_is_read_or_named(texts: list[bytes]) -> None:
    stream = logged_in()
    for text in texts:
        try:
            said = stream.receive(text, AT_NS)
        except LinkRefused:
            return
        for event in events(said):
            assert isinstance(event, Tick | ProviderDown | SourceDown)


QUOTED = Quoted(AT_NS, CNY, SOURCE, "BCHO", ((64_688, 0),), ((64_701, 0),), 129_389)


@examples(max_examples=50)
@given(st.lists(st.integers(0, 2_000)))
def test_what_a_service_says_is_what_a_source_hears_however_it_is_cut(places: list[int]) -> None:
    assert (ric(CNY), ric("EUR.USD"), ric("EUR.CNY")) == ("CNY=", "EUR=", "EURCNY=")
    service = ReutersService({CNY: 4, JPY: 3}, lambda pair: [QUOTED] if pair == CNY else [])
    socket, stream = WebSocket(bytes(16)), ReutersStream(SETTINGS)
    # An opening, a login and items, however they are cut.
    sent = request("localhost", "/", bytes(16)) + b"".join(map(socket.text, stream.replies))
    items = json.dumps({"ID": 2, "Key": {"Name": ["CNY=", "JPY="]}}).encode()
    sent += socket.text(items)
    back = b"".join(flat(service.receive(piece) for piece in cuts(sent, places)))  # type: ignore[arg-type, misc]  # bytes
    back += b"".join(chain(service.say(QUOTED), service.beat()))
    said: Said = []
    for piece in cuts(back, places):
        for message in socket.receive(piece):
            said += stream.receive(message, AT_NS)
    second = Tick(CNY, SOURCE, "BCHO", GOOD.bids, GOOD.asks, AT_NS, 2)
    empty = ProviderDown(JPY, SOURCE, SOURCE)
    assert said == [GOOD, empty, second]
    assert json.loads(stream.replies[-1]) == {"Type": "Pong"}
