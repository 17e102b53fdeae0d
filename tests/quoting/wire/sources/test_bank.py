"""A bank's tiered stream."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from quoting.domain.events import ProviderDown, SourceDown, Tick
from quoting.domain.generated_market import Quoted
from quoting.domain.source_settings import SourceKind
from quoting.wire.sources.bank import LINE_BYTES_MAX, REQUESTS_MAX, BankStream, Subscribe, line
from quoting.wire.sources.bank_service import BankService
from quoting.wire.sources.problems import LinkRefused, Said, Trouble
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

SETTINGS = named(SourceKind.BANK, "USD/CNY", "USD/JPY")
M = 1_000_000
TIERS = [[M, "6.4688", "6.4701"], [5 * M, "6.4686", "6.4703"], [10 * M, "6.4680", None]]
GOOD = Tick(
    CNY, SOURCE, "BANK", ((64_688, M), (64_686, 4 * M), (64_680, 5 * M)),
    ((64_701, M), (64_703, 4 * M)), AT_NS, 3,
)  # fmt: skip
DOWN = ProviderDown(CNY, SOURCE, "BANK")


def lines(*messages: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in messages)


def price(seq: int, tiers: Any = TIERS, pair: str = "USD/CNY") -> dict[str, Any]:
    return {"type": "price", "seq": seq, "pair": pair, "ns": AT_NS, "tiers": tiers}


WELCOME = {"type": "welcome", "seq": 1, "bank": "BANK"}
SUBSCRIBED = {"type": "subscribed", "seq": 2, "request": 1}


def heard(stream: BankStream, data: bytes) -> Said:
    return flat(stream.receive(data))


def asked(stream: BankStream) -> list[dict[str, Any]]:
    replies, stream.replies = stream.replies, []
    return [json.loads(reply) for reply in replies]


def subscribed() -> BankStream:
    stream = BankStream(SETTINGS)
    assert heard(stream, lines(WELCOME, SUBSCRIBED)) == []
    asked(stream)
    return stream


def test_it_logs_in_and_then_subscribes() -> None:
    stream = BankStream(SETTINGS, "secret")
    login = {"type": "login", "user": "RISKGW", "protocol": 1, "password": "secret"}
    assert asked(stream) == [login]
    heard(stream, lines(WELCOME))
    assert asked(stream) == [
        {"type": "subscribe", "request": 1, "pairs": ["USD/CNY", "USD/JPY"]}
    ]  # fmt: skip


def test_steps_are_what_each_tier_adds() -> None:
    assert heard(subscribed(), lines(price(3))) == [GOOD]


def test_a_heartbeat_says_nothing_and_a_withdrawal_takes_the_price() -> None:
    stream = subscribed()
    heard(stream, lines(price(3)))
    said = heard(
        stream,
        lines({"type": "heartbeat", "seq": 4}, {"type": "withdrawn", "seq": 5, "pair": "USD/CNY"}),
    )
    assert said == [DOWN]
    assert heard(stream, lines(price(6, []))) == [DOWN]


def test_a_missing_number_takes_all_prices_until_all_are_told_anew() -> None:
    stream = subscribed()
    said = heard(stream, lines(price(3), price(5)))
    assert said[0] == GOOD
    assert (troubles(said), events(said)[1:]) == ([Trouble.GAP], [SourceDown(SOURCE)])
    assert [each["request"] for each in asked(stream)] == [2]
    assert heard(stream, lines(price(6))) == []
    again = {"type": "subscribed", "seq": 7, "request": 2}
    (tick,) = heard(stream, lines(again, price(8)))
    assert isinstance(tick, Tick)
    assert (tick.bids, tick.number) == (GOOD.bids, 8)


def test_a_number_that_came_before_is_passed_over() -> None:
    stream = subscribed()
    assert troubles(heard(stream, lines(price(3), price(3), price(2)))) == [Trouble.DOUBLE] * 2


@pytest.mark.parametrize(
    ("tiers", "trouble"),
    [([[M, "6.46885", "6.4701"]], Trouble.OFF_GRID), ([[M, "x", "6.4701"]], Trouble.NO_NUMBER),
     ([[M, "6.4", "6.5"], [M, "6.4", "6.5"]], Trouble.TIERS), ([[0, "6.4", "6.5"]], Trouble.TIERS),
     ([[size, "6.4", "6.5"] for size in range(1, 22)], Trouble.TOO_MANY),
     ([[M, 6.4688, 6.4701]], Trouble.UNREADABLE)],
)  # fmt: skip
def test_a_price_that_is_none_takes_the_one_before_away(tiers: Any, trouble: Trouble) -> None:
    stream = subscribed()
    heard(stream, lines(price(3)))
    said = heard(stream, lines(price(4, tiers)))
    assert (troubles(said), events(said)) == ([trouble], [DOWN])
    # Its number counts: nothing is missing.
    assert len(heard(stream, lines(price(5)))) == 1


def test_garbage_without_a_number_is_missed_like_a_price() -> None:
    stream = subscribed()
    said = heard(stream, b"\xff{\n" + lines(price(4)))
    assert troubles(said) == [Trouble.UNREADABLE, Trouble.GAP]
    assert events(said) == [SourceDown(SOURCE)]


def test_a_link_that_misses_too_much_is_given_up() -> None:
    stream = subscribed()
    with pytest.raises(LinkRefused):
        heard(stream, lines(*(price(3 + 2 * number) for number in range(1, REQUESTS_MAX + 1))))


def test_a_line_has_an_end() -> None:
    for data in (b"x" * (LINE_BYTES_MAX + 1), b"x" * (LINE_BYTES_MAX + 1) + b"\n"):
        with pytest.raises(LinkRefused):
            heard(subscribed(), data)


def test_a_bank_may_refuse() -> None:
    stream = subscribed()
    said = heard(
        stream, lines({"type": "error", "seq": 3, "text": "no USD/XXX"}, price(4, pair="X"))
    )
    assert troubles(said) == [Trouble.REFUSED, Trouble.UNKNOWN_SYMBOL]


values = (
    st.none() | st.integers(-3, 9) | st.text(max_size=4) | st.lists(st.integers(), max_size=3)
    | st.sampled_from((TIERS, "USD/CNY"))
)  # fmt: skip
KINDS = ("welcome", "subscribed", "price", "withdrawn", "heartbeat", "error", "x")
messages = st.fixed_dictionaries(
    {"type": st.sampled_from(KINDS),
     "seq": st.integers(0, 30) | values},
    optional={"pair": values, "tiers": values, "ns": values, "request": values, "bank": values,
              "text": values},
)  # fmt: skip


@examples(max_examples=50)
@given(
    st.lists(st.binary(max_size=30) | messages.map(lambda each: json.dumps(each).encode())),
    st.lists(st.integers(0, 500)),
)
def test_whatever_comes_is_read_or_named_alike_however_it_is_cut(
    texts: list[bytes], places: list[int]
) -> None:
    data = b"\n".join(texts) + b"\n"
    whole, cut = BankStream(SETTINGS), BankStream(SETTINGS)
    try:
        said = heard(whole, data)
    except LinkRefused:
        return
    assert flat(heard(cut, piece) for piece in cuts(data, places)) == said
    assert all(isinstance(each, Tick | ProviderDown | SourceDown) for each in events(said))


QUOTED = Quoted(
    AT_NS, CNY, SOURCE, "BANK", ((64_688, M), (64_686, 4 * M)), ((64_701, M), (64_703, 4 * M)), 1
)  # fmt: skip


@examples(max_examples=50)
@given(st.lists(st.integers(0, 600)))
def test_what_a_service_says_is_what_a_source_hears_however_it_is_cut(places: list[int]) -> None:
    service = BankService("BANK", {CNY: 4, JPY: 3}, lambda pair: [QUOTED] if pair == CNY else [])
    stream = BankStream(SETTINGS)
    sent = b"".join(asked_bytes(stream)) + line(Subscribe(1, ("USD/CNY", "USD/XXX")))
    back = b"".join(each for piece in cuts(sent, places) for each in service.receive(piece))
    back += b"".join([*service.beat(), *service.say(QUOTED)])
    said = flat(heard(stream, piece) for piece in cuts(back, places))
    assert troubles(said) == [Trouble.REFUSED]
    first, second = events(said)
    assert isinstance(first, Tick)
    assert isinstance(second, Tick)
    assert (first.bids, first.asks, first.provider) == (QUOTED.bids, QUOTED.asks, "BANK")
    assert second.bids == first.bids


def asked_bytes(stream: BankStream) -> list[bytes]:
    replies, stream.replies = stream.replies, []
    return replies
