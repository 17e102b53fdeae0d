"""SZSE Binary over connections: synchronisation after a reconnect, and versions before 1.10."""

from typing import Any

import pytest

from tests.capture.decoding import Decoded, decoded
from tests.fakes import Conversation, captured, szse, szse_frame, szse_logon, szse_order

PARTITION_BYTES, HEADER_BYTES, CHECKSUM_BYTES = 4, 8, 4
REPORTS: list[tuple[int, dict[str, Any]]] = [
    (200102, {"ExecType": "0", "ClOrdID": "A000000001", "AccountID": "0100004698"}),
    (200115, {"ExecType": "F", "ClOrdID": "A000000001", "AccountID": "0100004698"}),
    (290008, {"ClOrdID": "C1", "OrigClOrdID": "A000000001"}),
]
EVENTS = ["order", "confirm", "fill", "cancel_reject"]


def before_1_10(message: bytes) -> bytes:
    """The same report without the partition it begins with."""
    kind = int.from_bytes(message[:4], "big")
    return szse_frame(kind, message[HEADER_BYTES + PARTITION_BYTES : -CHECKSUM_BYTES])


def reports(*, are_old: bool) -> list[bytes]:
    own: dict[str, Any] = {"SubmittingPBUID": "000100", "ReportingPBUID": "000100"}
    found = [
        szse(kind, PartitionNo=3, ReportIndex=index, **own, **values)
        for index, (kind, values) in enumerate(REPORTS, start=1)
    ]
    found.append(szse(7, PartitionNo=3, ReportIndex=4, PlatformID=1))
    return [before_1_10(message) for message in found] if are_old else found


def synchronisation(*, is_old: bool) -> bytes:
    if is_old:
        return szse_frame(5, (1).to_bytes(8, "big"))
    return szse(5, NoPartitions=1, groups=[[3, 1]])


def session(port: int, *messages: bytes, is_old: bool) -> list[bytes]:
    """A connection whose client synchronises from index 1 and gets all reports."""
    talk = Conversation(port)
    state = [] if is_old else [szse(9, PlatformID=1, NoPartitions=1, groups=[[3]])]
    frames = [*talk.open(), talk.up(szse_logon()), talk.down(szse(1) + szse(6, PlatformID=1))]
    frames += [talk.down(message) for message in state]
    frames += [talk.up(b"".join([synchronisation(is_old=is_old), *messages]))]
    return [*frames, talk.down(b"".join(reports(are_old=is_old))), *talk.close()]


def events(found: Decoded) -> list[str]:
    return [event.event.value for event in found.events]


@pytest.mark.parametrize("is_old", [False, True])
def test_reports_that_are_synchronised_again_are_messages_but_no_events(is_old: bool) -> None:
    first = session(50_000, szse_order(1), is_old=is_old)
    found = decoded(captured([*first, *session(50_001, is_old=is_old)]))
    assert events(found) == EVENTS
    assert found.problem_kinds() == []
    counted = [message.type for _, message in found.messages]
    assert [counted.count(kind) for kind, _ in REPORTS] == [2, 2, 2]


@pytest.mark.parametrize("is_old", [False, True])
def test_a_capture_that_begins_among_the_reports_counts_them_once_too(is_old: bool) -> None:
    talk = Conversation(50_000)
    order, confirm, *_ = szse_order(1), *reports(are_old=is_old)
    middle = [talk.up(order), talk.down(confirm)]
    found = decoded(captured([*middle, *session(50_001, is_old=is_old)]))
    assert events(found) == EVENTS


def test_before_1_10_reports_have_all_their_fields_but_the_partition() -> None:
    old = decoded(captured(session(50_000, szse_order(1), is_old=True)))
    new = decoded(captured(session(50_000, szse_order(1), is_old=False)))
    kinds = (*(kind for kind, _ in REPORTS), 7)
    told_old = [message.fields() for _, message in old.messages if message.type in kinds]
    told_new = [message.fields() for _, message in new.messages if message.type in kinds]
    assert len(told_old) == len(kinds)
    assert [{"PartitionNo": 3} | fields for fields in told_old] == told_new
    assert [message.fields() for _, message in old.messages if message.type == 5] == [
        {"ReportIndex": 1}
    ]
