"""Tables of phases: as they are written, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgw.kernel.sessions import (
    DAY_MINUTES,
    PHASES_MAX,
    STOCK_PHASES,
    STOCK_TABLE,
    Phase,
    PhaseFault,
    PhaseTable,
    PhaseTableError,
    phase_lines,
    phases_of,
)
from tests.sessions import DAYS_PHASES, night_until


def phase_at(table: PhaseTable, clock: str) -> str:
    hour, minute = map(int, clock.split(":"))
    return table.span((hour * 60 + minute + 5 * 60) % DAY_MINUTES).phase


def test_the_phases_of_stocks() -> None:
    assert [(each.start, each.end) for each in STOCK_TABLE.spans][:2] == [(0, 780), (780, 855)]
    shown = [phase_at(STOCK_TABLE, clock) for clock in ("09:14", "09:15", "11:30", "14:57")]
    assert shown == ["closed", "opening_auction", "lunch", "closing_auction"]
    assert STOCK_TABLE.spans[-1].traded == 10 + 120 + 117 + 3


@pytest.mark.parametrize("end", ["23:00", "01:00", "02:30"])
def test_a_night_ends_when_its_table_says(end: str) -> None:
    table = PhaseTable.of(phases_of(night_until(end)))
    minutes = {"23:00": 120, "01:00": 240, "02:30": 330}[end]
    assert table.traded_at_daytime == 5 + minutes
    assert phase_at(table, end) == "closed"
    assert [phase_at(table, clock) for clock in ("20:54", "20:55", "21:00")] == [
        "closed", "opening_auction", "night",
    ]  # fmt: skip


def test_a_table_is_written_as_it_was_read() -> None:
    assert phase_lines(phases_of(DAYS_PHASES)) == DAYS_PHASES
    assert phases_of(phase_lines(STOCK_PHASES)) == STOCK_PHASES
    assert phases_of(["", " 9:30  morning ", "15:00 closed"])[0] == (570, Phase.MORNING)


@pytest.mark.parametrize(
    ("lines", "fault", "said"),
    [
        (["9h30 morning", "15:00 closed"], PhaseFault.FORM, "9h30 morning"),
        (["24:00 morning", "15:00 closed"], PhaseFault.FORM, "24:00 morning"),
        (["٠9:30 morning", "15:00 closed"], PhaseFault.FORM, "٠9:30 morning"),
        (["09:30 siesta", "15:00 closed"], PhaseFault.PHASE, "09:30 siesta"),
        (["09:30 morning", "09:00 closed"], PhaseFault.ORDER, "09:00 closed"),
        (["09:30 morning", "21:00 closed"], PhaseFault.ORDER, "21:00 closed"),
        (["09:30 morning", "10:00 morning", "15:00 closed"], PhaseFault.REPEATED, "10:00 morning"),
        (["09:00 closed", "09:30 morning"], PhaseFault.REPEATED, "09:00 closed"),
        (["09:30 morning", "11:30 lunch"], PhaseFault.OPEN_END, "11:30 lunch"),
        (["21:00 night", "09:00 closed"], PhaseFault.DAYBREAK, "09:00 closed"),
        (["09:30 morning"], PhaseFault.COUNT, "1"),
        ([], PhaseFault.COUNT, "0"),
    ],
)
def test_what_is_no_table_is_refused_with_its_line(
    lines: list[str], fault: PhaseFault, said: str
) -> None:
    with pytest.raises(PhaseTableError) as refused:
        phases_of(lines)
    assert (refused.value.fault, refused.value.line) == (fault, said)


def test_a_table_has_a_largest_size() -> None:
    lines = [f"10:{2 * number:02} {('morning', 'break')[number % 2]}" for number in range(24)]
    assert len(phases_of([*lines[: PHASES_MAX - 1], "15:00 closed"])) == PHASES_MAX
    with pytest.raises(PhaseTableError):
        phases_of([*lines, "15:00 closed"])


@given(st.lists(st.text(max_size=20) | st.sampled_from(night_until("01:00")), max_size=12))
def test_any_text_is_a_table_of_the_whole_day_or_refused_by_name(lines: list[str]) -> None:
    try:
        begins = phases_of(lines)
    except PhaseTableError:
        return
    spans = PhaseTable.of(begins).spans
    assert (spans[0].start, spans[-1].end) == (0, DAY_MINUTES)
    assert [each.end for each in spans[:-1]] == [each.start for each in spans[1:]]
