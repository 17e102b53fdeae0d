"""What is over is freed in so many steps as are asked for, and all of it."""

from weakref import ref

import pytest

from riskgw.kernel.remains import Remains


class Order:
    """Something that tells whether it is still there."""


def test_so_many_go_at_a_time_until_nothing_is_left() -> None:
    remains = Remains()
    orders = [Order() for _ in range(5)]
    there = [ref(each) for each in orders]
    remains.add({number: orders[number] for number in range(3)})
    remains.add({number: orders[number] for number in range(3, 5)})
    orders.clear()
    left = []
    for _ in range(4):
        left.append(sum(each() is not None for each in there))
        remains.free(2)
    assert left == [5, 3, 1, 0]
    assert len(remains) == 0


def test_an_empty_table_is_not_kept() -> None:
    remains = Remains()
    remains.add({})
    assert len(remains) == 0
    remains.free(1)


@pytest.mark.parametrize("entries", [0, -1])
def test_nothing_goes_if_nothing_is_asked_for(entries: int) -> None:
    remains = Remains()
    remains.add({1: 1})
    remains.free(entries)
    assert len(remains) == 1
