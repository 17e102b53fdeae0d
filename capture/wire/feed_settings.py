"""What whoever runs the system says of an order feed."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class FeedSettings(NamedTuple):
    """Procedures that place orders, names of tables, and which bytes count where some come twice.

    Of waiting segments that differ the first count, with `keeps_last` the last.
    """

    procedures: Mapping[str, Sequence[str]] = {}
    tables: Mapping[str, Sequence[str]] = {}
    keeps_last: bool = False
