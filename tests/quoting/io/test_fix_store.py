"""Numbers and messages outlive the process, torn as its last write may be."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quoting.io.fix_store import UNWRITTEN_BYTES_MAX, FileStore
from quoting.wire.fix.store import MemoryStore

CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("sent"), st.none() | st.binary(min_size=1, max_size=50)),
        st.tuples(st.just("received"), st.integers(1, 1000)),
        st.tuples(st.just("reset"), st.none()),
    ),
    max_size=30,
)


def contents(store: FileStore | MemoryStore) -> tuple[int, int, list[tuple[int, bytes]]]:
    return store.next_sent, store.next_received, list(store.kept(1, 10**9))


def apply(store: FileStore | MemoryStore, kind: str, value: object) -> None:
    if kind == "reset":
        store.reset()
    elif kind == "received":
        assert isinstance(value, int)
        store.received(value)
    else:
        assert value is None or isinstance(value, bytes)
        store.sent(store.next_sent, value)


@given(CHANGES, st.integers(1, 2000))
def test_a_store_opened_again_is_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[str, object]], bytes_max: int
) -> None:
    path = tmp_path_factory.mktemp("store") / "numbers"
    memory = MemoryStore(messages_max=5)
    with FileStore(path, messages_max=5, bytes_max=bytes_max) as store:
        for kind, value in changes:
            apply(store, kind, value)
            apply(memory, kind, value)
            assert contents(store) == contents(memory)
    with FileStore(path, messages_max=5, bytes_max=bytes_max) as store:
        assert contents(store) == contents(memory)


def test_every_torn_end_leaves_what_was_whole(tmp_path: Path) -> None:
    path = tmp_path / "numbers"
    states: dict[int, object] = {0: (1, 1, [])}
    with FileStore(path) as store:
        for number in range(1, 3):
            store.sent(number, b"message %d" % number)
            states[path.stat().st_size] = contents(store)
            store.received(number + 1)
            states[path.stat().st_size] = contents(store)
    whole = path.read_bytes()
    for size in range(len(whole) + 1):
        torn = tmp_path / "torn"
        torn.write_bytes(whole[:size])
        known = max(each for each in states if each <= size)
        with FileStore(torn) as store:
            assert contents(store) == states[known]
            store.received(77)
        with FileStore(torn) as store:
            assert store.next_received == 77


def test_a_damaged_record_ends_what_is_believed(tmp_path: Path) -> None:
    path = tmp_path / "numbers"
    with FileStore(path) as store:
        store.sent(1, b"first")
        size = path.stat().st_size
        store.sent(2, b"second")
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with FileStore(path) as store:
        assert contents(store) == (2, 1, [(1, b"first")])
    assert path.stat().st_size == size


def test_the_file_stays_within_its_bound(tmp_path: Path) -> None:
    path = tmp_path / "numbers"
    with FileStore(path, messages_max=3, bytes_max=2000) as store:
        for number in range(1, 300):
            store.sent(number, b"x" * 40)
            store.received(number + 1)
            assert path.stat().st_size <= 2000 + 100
        assert contents(store) == (300, 300, [(n, b"x" * 40) for n in (297, 298, 299)])
    assert [each.name for each in tmp_path.iterdir()] == ["numbers"]


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    with FileStore(tmp_path / "deep" / "numbers"):
        assert (tmp_path / "deep" / "numbers").stat().st_mode & 0o777 == 0o600


@contextmanager
def no_room_beyond(size: int) -> Iterator[None]:
    """Files of this process end there, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("left", [0, 10, 17, 20])
def test_without_room_numbers_are_kept_in_memory_and_written_later(
    tmp_path: Path, left: int
) -> None:
    path = tmp_path / "numbers"
    with FileStore(path) as store:
        store.sent(1, b"first")
        with no_room_beyond(path.stat().st_size + left):
            store.sent(2, b"second")
            store.sent(3, None)
            store.received(9)
            assert store.unwritten
            assert contents(store) == (4, 9, [(1, b"first"), (2, b"second")])
        with FileStore(path) as found:
            assert found.next_sent == 2
        store.received(10)
        assert not store.unwritten
        assert contents(FileStore(path)) == (4, 10, [(1, b"first"), (2, b"second")])


def test_what_waits_for_room_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "numbers"
    message = b"x" * 100_000
    with FileStore(path) as store:
        with no_room_beyond(1):
            for number in range(1, 100):
                store.sent(number, message)
            assert store.unwritten <= UNWRITTEN_BYTES_MAX + 2 * len(message)
        expected = contents(store)
    with FileStore(path) as store:
        assert contents(store) == expected


def test_a_file_that_cannot_be_shortened_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "numbers"
    with FileStore(path, messages_max=3, bytes_max=2000) as store:
        # Where the new file is to be made, something stands.
        (tmp_path / "numbers.new").mkdir()
        for number in range(1, 100):
            store.sent(number, b"x" * 40)
        assert path.stat().st_size > 4000
        assert contents(FileStore(path, messages_max=3)) == contents(store)
