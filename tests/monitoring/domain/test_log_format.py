"""Lines of logs by patterns that people write: parsed, kept as text, or refused as patterns."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.actions.follow_logs import OWN_FORMATS
from monitoring.domain.log_format import HEAD_MAX, TEXT_MAX, FormatFaulty, LogFormat, checked

RISKGW, QUEUE = (LogFormat(*form) for form in OWN_FORMATS.values())
# 2026-11-22 21:00:00 in Beijing.
AT_NS = 1_795_352_400 * 10**9


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("2026-11-22 21:00:00,123 WARNING riskgw.x: away", (123, "warning", "riskgw.x: away")),
        ("2026-11-22 21:00:00.5 INFO x", None),
        ("[2026-11-22 21:00:00,999: ERROR/Main] gone", (999, "error", "Main] gone")),
        ("2026-11-22 21:00:00,000 FATAL x", (0, "error", "x")),
    ],
)
def test_our_own_lines(line: str, expected: tuple[int, str, str] | None) -> None:
    for _ in range(2):
        found = RISKGW.parse(line, 7)
        if expected is None:
            assert found == (7, "text", line, None)
        else:
            assert (found.at_ns - AT_NS, found.level, found.text) == (
                expected[0] * 10**6, *expected[1:],
            )  # fmt: skip


def test_lines_of_the_queue_server() -> None:
    found = QUEUE.parse("8602:M 22 Nov 2026 21:00:00.575 # WARNING memory", 7)
    assert found == (AT_NS + 575 * 10**6, "warning", "WARNING memory", None)


def test_a_number_that_a_pattern_catches_is_a_latency() -> None:
    form = LogFormat(r"(?P<text>GET \S+) (?P<latency_ms>[0-9.]+)ms")
    assert form.parse("GET /x 12.5ms", 7).latency_ms == 12.5
    assert form.parse("GET /x 1.2.3ms", 7).latency_ms is None


def test_a_time_of_another_zone_or_none_at_all() -> None:
    form = LogFormat(r"(?P<time>\S+) (?P<text>.*)")
    assert form.parse("2026-11-22T13:00:00Z x", 7).at_ns == AT_NS
    assert form.parse("2026-11-22T21:00:00 x", 7).at_ns == AT_NS
    assert form.parse("2026-11-22T21:00:00Z x", 7).at_ns == AT_NS + 8 * 3600 * 10**9
    assert form.parse("yesterday x", 7).at_ns == 7


def test_a_long_line_is_matched_by_its_head_and_kept_up_to_its_maximum() -> None:
    line = "2026-11-22 21:00:00,000 INFO " + "x" * 5_000
    found = RISKGW.parse(line, 7)
    assert found.text == "x" * TEXT_MAX
    assert RISKGW.parse("y" * 5_000, 7).text == "y" * TEXT_MAX


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+b", r"(?:a|a)*b", r"(?:.*,)*x", r"(\w+\s?)*$", r"((a{1,99}){1,99}){1,99}",
        r".*.*.*.*.*.*.*x", r"(?P<other>.*)", "(", r"(?P<text>a)(?P=text)", "x" * 500,
    ],
)  # fmt: skip
def test_a_pattern_that_could_try_the_same_text_again_and_again_is_refused(pattern: str) -> None:
    with pytest.raises(FormatFaulty):
        checked(pattern)


def test_the_worst_pattern_that_is_taken_answers_in_time() -> None:
    form = LogFormat(r".*a.*a.*a$")
    began = time.process_time()
    form.parse("a" * HEAD_MAX * 2 + "b", 7)
    assert time.process_time() - began < 5


@given(st.text(max_size=600))
def test_no_line_is_too_much(line: str) -> None:
    found = RISKGW.parse(line, 7)
    assert len(found.text) <= TEXT_MAX
