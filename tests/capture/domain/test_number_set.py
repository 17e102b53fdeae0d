"""A set of integers kept as ranges."""

from hypothesis import given
from hypothesis import strategies as st

from capture.domain.number_set import NumberSet


def added(*numbers: int) -> tuple[list[bool], int]:
    """For each number whether it was new, and how many are held."""
    target = NumberSet()
    return [target.add(number) for number in numbers], len(target)


def test_a_number_is_new_once() -> None:
    assert added(5, 5, 6, 5) == ([True, False, True, False], 2)


def test_ranges_that_meet_become_one() -> None:
    assert added(1, 3, 2, 2, 1, 3) == ([True, True, True, False, False, False], 3)


def test_numbers_may_come_from_above_and_below_zero() -> None:
    assert added(0, -1, 1, -1) == ([True, True, True, False], 3)


@given(st.lists(st.integers(-30, 30) | st.integers(), max_size=80))
def test_it_behaves_like_a_set(numbers: list[int]) -> None:
    known: set[int] = set()
    expected = []
    for number in numbers:
        expected.append(number not in known)
        known.add(number)
    assert added(*numbers) == (expected, len(known))


small = st.lists(st.integers(-30, 30), max_size=40)


@given(small, small, st.integers(-31, 31))
def test_two_sets_become_one(first: list[int], second: list[int], more: int) -> None:
    target, other = NumberSet(), NumberSet()
    for number in first:
        target.add(number)
    for number in second:
        other.add(number)
    target.join(other)
    known = {*first, *second}
    assert len(target) == len(known)
    assert target.add(more) == (more not in known)
    assert len(target) == len(known | {more})
    assert len(target.spans()) == sum(number - 1 not in known | {more} for number in known | {more})
