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
