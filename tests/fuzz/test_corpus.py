"""What fuzzing has found, replayed: only named errors, in time that grows with the input."""

import time
from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"
CORPUS_BYTES_MAX = 300_000
INPUT_SECONDS_MAX = 1.0
# An input repeated to this length, and to four times as much.
LONG_BYTES, FACTOR = 1 << 15, 4
# Four is linear; beyond this it is quadratic. What takes next to no time is not judged.
SLOWDOWN_MAX = 10
JUDGED_SECONDS_MIN = 0.1
FOLDERS = sorted(path.name for path in CORPUS.iterdir())
INPUTS = sorted(CORPUS.rglob("*.bin"))


def seconds(name: str, data: bytes) -> float:
    """CPU time of one run."""
    started = time.process_time()
    TARGETS[name](data)
    return time.process_time() - started


def quickest(name: str, data: bytes) -> float:
    """Of three runs, none of which an earlier one can have answered."""
    return min(seconds(name, data + b" " * more) for more in range(3))


def test_every_decoder_has_a_corpus() -> None:
    assert sorted(TARGETS) == FOLDERS
    assert all(any((CORPUS / name).glob("*.bin")) for name in TARGETS)


def test_the_corpus_is_small() -> None:
    assert sum(path.stat().st_size for path in INPUTS) < CORPUS_BYTES_MAX


@pytest.mark.parametrize("name", FOLDERS)
def test_inputs_found_by_fuzzing_raise_nothing_and_take_no_time(name: str) -> None:
    slow = {}
    for path in sorted((CORPUS / name).glob("*.bin")):
        spent = seconds(name, path.read_bytes())
        if spent > INPUT_SECONDS_MAX:
            slow[path.name] = spent
    assert slow == {}


@pytest.mark.parametrize("name", FOLDERS)
def test_long_inputs_take_time_that_grows_with_their_length(name: str) -> None:
    slow = {}
    longest = sorted((CORPUS / name).glob("*.bin"), key=lambda path: -path.stat().st_size)[:5]
    for path in longest:
        data = path.read_bytes()
        long = data * (LONG_BYTES // max(1, len(data)) + 1)
        spent, more = quickest(name, long), quickest(name, long * FACTOR)
        if more > max(JUDGED_SECONDS_MIN, SLOWDOWN_MAX * spent):
            slow[path.name] = (spent, more)
    assert slow == {}
