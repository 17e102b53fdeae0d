"""The browser's tables say what the engine does; written by tests/quoting/shared_cases.py."""

from tests.quoting.shared_cases import DIGITS, FRAMES, digits_table, frame_table, text


def test_the_browser_is_tested_by_the_digits_that_the_engine_draws() -> None:
    assert DIGITS.read_text() == text(digits_table())


def test_the_browser_is_tested_by_frames_that_the_engine_tells() -> None:
    assert FRAMES.read_text() == text(frame_table())
