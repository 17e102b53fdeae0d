"""What a decoding run counts."""

from capture.domain.sighting import CLOCK_SKEW_NS_MAX, rule_time
from capture.domain.summary import TYPES_MAX, Summary
from riskgw.messages.problem import Problem, ProblemKind
from tests.fakes import AT_NS


def test_messages_events_and_problems_are_counted() -> None:
    summary = Summary()
    for kind in (100101, 100101, 3):
        summary.message("szse", kind)
    summary.message("tds", "rpc")
    summary.event("order")
    summary.problem(Problem(ProblemKind.GAP, "", size=100, count=2))
    assert (summary.message_count, summary.event_count) == (4, 1)
    assert summary.line(packets=9, bytes=1, seconds=0.5, cpu_seconds=0.4) == {
        "kind": "summary",
        "packets": 9,
        "messages": {"szse": {"100101": 2, "3": 1}, "tds": {"rpc": 1}},
        "events": {"order": 1},
        "problems": {"gap": 2},
        "bytes": 1,
        "seconds": 0.5,
        "cpu_seconds": 0.4,
    }


def test_a_damaged_file_is_a_truncated_problem() -> None:
    summary = Summary()
    assert summary.damaged("the file ends").kind == "truncated"
    assert summary.problems == {"truncated": 1}


def test_a_link_type_that_is_not_read_is_a_problem() -> None:
    summary = Summary()
    assert summary.not_read(105).detail == "packets of link type 105 are not read"
    assert summary.problems == {"unknown_type": 1}


def test_types_without_end_are_counted_together() -> None:
    summary = Summary()
    for kind in range(TYPES_MAX + 2):
        summary.message("szse", kind, is_decoded=False)
    summary.message("szse", 0, is_decoded=False)
    for counted in (summary.messages["szse"], summary.undecoded["szse"]):
        assert (len(counted), counted["0"], counted["other"]) == (TYPES_MAX + 1, 2, 2)
    assert summary.message_count == TYPES_MAX + 3


def test_the_time_of_a_message_counts_if_it_is_near_its_capture() -> None:
    for skew_ns in (0, CLOCK_SKEW_NS_MAX, -CLOCK_SKEW_NS_MAX):
        assert rule_time(AT_NS + skew_ns, AT_NS) == (AT_NS + skew_ns, "message")
    for skew_ns in (CLOCK_SKEW_NS_MAX + 1, -CLOCK_SKEW_NS_MAX - 1):
        assert rule_time(AT_NS + skew_ns, AT_NS) == (AT_NS, "capture")
    assert rule_time(None, AT_NS) == (AT_NS, "capture")


def test_messages_whose_layout_is_not_known_are_counted_by_type() -> None:
    summary = Summary()
    summary.message("szse", 100101)
    assert "undecoded" not in summary.line(packets=1)
    for _ in range(2):
        summary.message("szse", 101201, is_decoded=False)
    line = summary.line(packets=3)
    assert line["undecoded"] == {"szse": {"101201": 2}}
    assert line["messages"] == {"szse": {"100101": 1, "101201": 2}}
