"""Edited captures: loss, repetition, disorder, cuts and other files, and what must come out."""

import json
from typing import Any

import pytest

from capture.wire.tds.messages import Answer
from tests.capture.decoding import Decoded, decoded, packets, truth

SAME = [
    "mirror_duplicate_small.pcap",
    "nsec.pcap",
    "overlap_same_big.pcap",
    "pcapng.pcapng",
    "reorder_big.pcap",
    "retransmit_small.pcap",
    "tiny_segments.pcap",
    "vlan100.pcap",
]
SNAPLEN = 200


def variant(name: str) -> Decoded:
    return decoded(packets(f"variants/{name}"))


def base(name: str) -> Decoded:
    return decoded(packets(f"tds/{truth(f'variants/{name}')['derived_from']}"))


def order_numbers(found: Decoded) -> list[int]:
    return [int(event.fields["rec_num"]) for event in found.orders()]


def row_count(found: Decoded) -> int:
    answers = [message for _, message in found.messages if isinstance(message, Answer)]
    return sum(len(result.rows) for answer in answers for result in answer.response.results)


def shown(found: Decoded) -> list[tuple[str, str]]:
    """Directions and messages as JSON."""
    return [(sent, json.dumps([each.name, each.fields()])) for sent, each in found.messages]


@pytest.mark.parametrize("name", SAME)
def test_the_same_orders_and_rows_as_in_the_base_capture(name: str) -> None:
    found, expected = variant(name), base(name)
    assert order_numbers(found) == truth(f"variants/{name}")["orders"]
    assert sorted(shown(found)) == sorted(shown(expected))
    assert found.problems == expected.problems
    kept = [(event.event, event.order_ref, event.fields) for event in found.events]
    assert kept == [(event.event, event.order_ref, event.fields) for event in expected.events]


def test_a_lost_order_is_one_gap_and_all_others_are_decoded() -> None:
    told = truth("variants/drop_one_order.pcap")
    found = variant("drop_one_order.pcap")
    assert order_numbers(found) == told["orders"]
    assert len(order_numbers(base("drop_one_order.pcap"))) == len(told["orders"]) + 1
    assert found.problem_kinds() == ["gap"]
    assert found.problems[0].size > 0


def test_one_direction_alone_gives_all_orders_and_no_rows() -> None:
    found = variant("client_side_only.pcap")
    assert order_numbers(found) == truth("variants/client_side_only.pcap")["orders"]
    assert {event.outcome for event in found.orders()} == {"unanswered"}
    assert row_count(found) == 0
    assert set(found.problem_kinds()) == {"unanswered"}


def test_the_other_direction_alone_gives_all_rows_and_no_orders() -> None:
    whole = base("client_side_only.pcap")
    up = {packet[2] for packet in packets("variants/client_side_only.pcap")}
    down = [packet for packet in packets("tds/pymssql_batch.pcap") if packet[2] not in up]
    found = decoded(down)
    assert found.orders() == []
    assert row_count(found) == row_count(whole)
    assert set(found.problem_kinds()) == {"orphan"}


def test_mid_stream_everything_after_the_start_is_decoded() -> None:
    told = truth("variants/midstream_no_login.pcap")
    found = variant("midstream_no_login.pcap")
    assert order_numbers(found) == told["orders"]
    rows: list[Any] = [row for each in told["results"] for row in each.get("rows", [])]
    assert row_count(found) == len(rows)
    assert found.problem_kinds().count("midstream") == 1
    assert set(found.problem_kinds()) == {"midstream", "orphan"}


def test_cut_packets_give_no_order_and_are_all_told() -> None:
    found = variant("snaplen200.pcap")
    cut = [packet for packet in packets("variants/snaplen200.pcap") if packet[3] > SNAPLEN]
    assert found.orders() == []
    told = [problem for problem in found.problems if problem.kind.value == "truncated"]
    assert sum(problem.count for problem in told) == len(cut)
    assert {event.event.value for event in found.events} <= {"confirm", "fill", "reject"}


@pytest.mark.parametrize("first", range(0, 48, 3))
def test_a_capture_that_begins_anywhere_never_shows_an_order_that_was_not_sent(first: int) -> None:
    whole = order_numbers(base("nsec.pcap"))
    found = order_numbers(decoded(packets("tds/pymssql_batch.pcap")[first:]))
    assert found == whole[len(whole) - len(found) :]


@pytest.mark.parametrize("size", range(60, 700, 40))
def test_a_capture_cut_at_any_length_never_shows_an_order_that_was_not_sent(size: int) -> None:
    told = {event.order_ref: event for event in base("nsec.pcap").orders()}
    cut = [
        (at, link, frame[:size], wire)
        for at, link, frame, wire in packets("tds/pymssql_batch.pcap")
    ]
    found = decoded(cut)
    for event in found.orders():
        assert event.order_ref is not None
        assert event.fields == told[event.order_ref].fields


@pytest.mark.parametrize("lost", range(0, 48, 2))
def test_whatever_packet_is_lost_the_orders_of_others_stay(lost: int) -> None:
    heard = packets("tds/pymssql_batch.pcap")
    whole = order_numbers(decoded(heard))
    found = order_numbers(decoded(heard[:lost] + heard[lost + 1 :]))
    assert len(found) >= len(whole) - 1
    assert [number for number in whole if number in found] == found
