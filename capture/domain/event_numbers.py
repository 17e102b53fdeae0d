"""The numbers of a feed's events."""


class EventNumbers:
    """1, 2, 3: each call gives the next."""

    __slots__ = ("last",)

    def __init__(self) -> None:
        self.last = 0

    def __call__(self) -> int:
        self.last += 1
        return self.last
