"""What is set aside costs no search; cycles in it go when there is time."""

import gc
from weakref import ref

from riskgw.bus.garbage import Rest, set_aside


class Node:
    """Refers to itself."""

    def __init__(self) -> None:
        self.itself = self


def test_what_is_set_aside_is_looked_through_no_more() -> None:
    kept = Node()
    Rest().look(1)
    assert not any(each is kept for each in gc.get_objects())


def test_a_young_cycle_goes_before_the_rest_is_set_aside() -> None:
    gone = ref(Node())
    set_aside()
    assert gone() is None


def test_a_cycle_that_was_set_aside_goes_once_nothing_comes() -> None:
    node = Node()
    gone = ref(node)
    rest = Rest(rest_seconds=0)
    rest.look(1)
    del node
    gc.collect()
    assert gone() is not None
    rest.look(1)
    assert gone() is None


def test_as_long_as_something_comes_nobody_waits_for_a_search() -> None:
    rest = Rest(rest_seconds=0)
    node = Node()
    gone = ref(node)
    rest.look(1)
    del node
    rest.look(2)
    assert gone() is not None
    rest.look(2)
    assert gone() is None
