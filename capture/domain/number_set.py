"""A set of integers kept as ranges: report indexes and serials come almost in sequence."""

from bisect import bisect_right

# Each hole in a sequence makes one more.
RANGES_MAX = 65_536


class NumberSet:
    """Disjoint ranges in rising order; a sequence without holes is one range.

    Once it `is_full`, numbers apart from those it has are not kept.
    """

    __slots__ = ("_ends", "_starts", "is_full")

    def __init__(self) -> None:
        self.is_full = False
        self._starts: list[int] = []
        self._ends: list[int] = []

    def add(self, number: int) -> bool:
        """Whether the number is new."""
        place = bisect_right(self._starts, number) - 1
        if place >= 0 and number <= self._ends[place]:
            return False
        joins_left = place >= 0 and self._ends[place] == number - 1
        joins_right = place + 1 < len(self._starts) and self._starts[place + 1] == number + 1
        if joins_left and joins_right:
            self._ends[place] = self._ends.pop(place + 1)
            del self._starts[place + 1]
        elif joins_left:
            self._ends[place] = number
        elif joins_right:
            self._starts[place + 1] = number
        elif len(self._starts) >= RANGES_MAX:
            self.is_full = True
        else:
            self._starts.insert(place + 1, number)
            self._ends.insert(place + 1, number)
        return True

    def join(self, others: "NumberSet") -> None:
        """All numbers of another set too."""
        spans = sorted(self.spans() + others.spans())
        self._starts, self._ends = [], []
        for start, end in spans:
            if self._ends and start <= self._ends[-1] + 1:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)

    def spans(self) -> list[tuple[int, int]]:
        """First and last number of each range."""
        return list(zip(self._starts, self._ends, strict=True))

    def __len__(self) -> int:
        return sum(end - start + 1 for start, end in self.spans())
