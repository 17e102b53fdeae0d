"""The decision log: read while it is written, torn, rolled, bounded; and replayed."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoting.domain.cell import Gesture
from quoting.domain.effects import Decision, Refused
from quoting.domain.events import StopAll, Touch
from quoting.domain.replay import Replay
from quoting.domain.settings import BookSettings
from quoting.domain.words import Reason
from quoting.io.decision_log import (
    START,
    DecisionLog,
    LogLimits,
    Position,
    PositionGone,
    file_names,
    read_from,
)
from riskgw.kernel.times import NS_PER_SECOND
from tests.quoting.domain.desk import PAIR, SETTINGS, START_NS, Desk

DAY_NS = 24 * 3600 * NS_PER_SECOND


def decision(number: int, at_ns: int = START_NS) -> Decision:
    return Decision(number, at_ns, StopAll(by=f"mary {number}"), [])


def begun(folder: Path, limits: LogLimits | None = None) -> DecisionLog:
    log = DecisionLog(folder, limits)
    log.begin(BookSettings(), START_NS)
    return log


def numbers(folder: Path, position: Position = START) -> list[int]:
    return [each.number for _, each in read_from(folder, position)]


def test_what_was_flushed_is_read_back(tmp_path: Path) -> None:
    log = begun(tmp_path)
    for number in range(1, 4):
        log.append(decision(number))
    assert numbers(tmp_path) == [0]
    log.flush()
    assert numbers(tmp_path) == [0, 1, 2, 3]
    assert [each for _, each in read_from(tmp_path)][3] == decision(3)


def test_a_reader_goes_on_behind_the_last_line_it_had(tmp_path: Path) -> None:
    log = begun(tmp_path)
    log.append(decision(1))
    log.flush()
    position = [at for at, _ in read_from(tmp_path)][-1]
    assert numbers(tmp_path, position) == []
    log.append(decision(2))
    log.flush()
    assert numbers(tmp_path, position) == [2]


def test_a_line_that_is_not_whole_yet_is_read_later(tmp_path: Path) -> None:
    begun(tmp_path)
    line = msgspec.json.encode(decision(1)) + b"\n"
    path = tmp_path / file_names(tmp_path)[0]
    with path.open("ab") as file:
        file.write(line[:20])
        file.flush()
        position = [at for at, _ in read_from(tmp_path)][-1]
        assert numbers(tmp_path) == [0]
        file.write(line[20:])
    assert numbers(tmp_path, position) == [1]


def test_a_line_torn_by_a_kill_is_passed_over_by_the_next_run(tmp_path: Path) -> None:
    begun(tmp_path)
    with (tmp_path / file_names(tmp_path)[0]).open("ab") as file:
        file.write(b'{"number":1,"at_')
    position = [at for at, _ in read_from(tmp_path)][-1]
    begun(tmp_path).append(decision(1))
    assert len(file_names(tmp_path)) == 2
    assert numbers(tmp_path, position) == [0]


def test_a_line_that_is_none_is_passed_over(tmp_path: Path) -> None:
    log = begun(tmp_path)
    with (tmp_path / file_names(tmp_path)[0]).open("ab") as file:
        file.write(b"\0\0\0\n")
    log.append(decision(1))
    log.flush()
    assert numbers(tmp_path) == [0, 1]


def test_a_file_is_rolled_by_size_and_by_day_and_nothing_is_lost(tmp_path: Path) -> None:
    log = begun(tmp_path, LogLimits(file_bytes_max=600))
    for number in range(1, 21):
        log.append(decision(number))
        log.flush()
    rolled = len(file_names(tmp_path))
    assert rolled > 2
    log.append(decision(21, START_NS + DAY_NS))
    log.flush()
    assert len(file_names(tmp_path)) == rolled + 1
    assert numbers(tmp_path) == list(range(22))


def test_the_oldest_files_make_room(tmp_path: Path) -> None:
    log = begun(tmp_path, LogLimits(file_bytes_max=500, bytes_max=2_000))
    first = next(at for at, _ in read_from(tmp_path))
    for number in range(1, 101):
        log.append(decision(number))
        log.flush()
    size = sum((tmp_path / name).stat().st_size for name in file_names(tmp_path))
    assert size <= 2_000
    left = numbers(tmp_path)
    assert left == list(range(left[0], 101))
    with pytest.raises(PositionGone):
        numbers(tmp_path, first)


def test_a_name_never_comes_again(tmp_path: Path) -> None:
    """Or who remembers a position would read on in the middle of another log."""
    begun(tmp_path)
    (name,) = file_names(tmp_path)
    (tmp_path / name).unlink()
    DecisionLog(tmp_path).begin(BookSettings(), START_NS + NS_PER_SECOND)
    assert file_names(tmp_path) != [name]


@settings(max_examples=30, deadline=None)
@given(cuts=st.lists(st.integers(1, 400), max_size=30), flushes=st.sets(st.integers(0, 15)))
def test_however_the_file_grows_each_decision_is_read_once(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int], flushes: set[int]
) -> None:
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("target")
    log = begun(source, LogLimits(file_bytes_max=500))
    for number in range(1, 12):
        log.append(decision(number))
        if number in flushes:
            log.flush()
    log.close()
    read, position = [], START
    for name in file_names(source):
        data = (source / name).read_bytes()
        while data:
            size = cuts.pop() if cuts else len(data)
            with (target / name).open("ab") as file:
                file.write(data[:size])
            data = data[size:]
            found = list(read_from(target, position))
            read += [each.number for _, each in found]
            position = found[-1][0] if found else position
    assert read == list(range(12))


def test_a_log_replays_bit_for_bit(tmp_path: Path) -> None:
    desk = logged_desk(tmp_path)
    desk.tick(64_688, 64_701)
    desk.start_all()
    desk.tick(64_690, 64_700)
    desk.touch(Gesture.NUDGE, value=2)
    desk.do(StopAll(by="mary"))
    replay = Replay()
    assert list(replay.differences(each for _, each in read_from(tmp_path))) == []
    assert (replay.runs, replay.skipped) == (1, 0)
    assert replay.decisions > 10


def test_a_decision_that_was_altered_is_found(tmp_path: Path) -> None:
    desk = logged_desk(tmp_path)
    desk.tick(64_688, 64_701)
    log = [each for _, each in read_from(tmp_path)]
    odd = Decision(
        len(log), START_NS, Touch(PAIR, Gesture.STOP), [Refused(PAIR, "stop", Reason.NONE)]
    )
    (found,) = Replay().differences([*log, odd])
    assert found.number == len(log)


def test_what_the_beginning_of_is_gone_is_said_to_be_skipped(tmp_path: Path) -> None:
    logged_desk(tmp_path).tick(64_688, 64_701)
    replay = Replay()
    log = [each for _, each in read_from(tmp_path)]
    assert list(replay.differences(log[1:])) == []
    assert (replay.decisions, replay.skipped) == (0, len(log) - 1)


def logged_desk(folder: Path) -> Desk:
    """A desk with its channel up whose decisions are logged."""
    desk = Desk(SETTINGS)
    log = DecisionLog(folder)
    log.begin(desk.settings, START_NS)
    apply, count = desk.book.apply, 0

    def logged(event: object, at_ns: int) -> list[object]:
        nonlocal count
        count += 1
        effects = apply(event, at_ns)  # type: ignore[arg-type]  # as it came
        log.append(Decision(count, at_ns, event, effects))  # type: ignore[arg-type]  # likewise
        log.flush()
        return effects  # type: ignore[return-value]  # likewise

    desk.book.apply = logged  # type: ignore[method-assign, assignment]  # noted as it passes
    return desk.up()
