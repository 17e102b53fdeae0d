"""What is over goes a little at a time: to free a day's state takes as long as many events do."""

from typing import Any


class Remains:
    """Tables that nobody looks at any more, on their way out."""

    def __init__(self) -> None:
        self._tables: list[dict[Any, Any]] = []

    def __len__(self) -> int:
        return sum(len(table) for table in self._tables)

    def add(self, table: dict[Any, Any]) -> None:
        """The caller makes itself a new one."""
        if table:
            self._tables.append(table)

    def free(self, entries: int) -> None:
        """So many of them, or all there are."""
        while self._tables and entries > 0:
            table = self._tables[-1]
            for _ in range(min(entries, len(table))):
                table.popitem()
                entries -= 1
            if not table:
                self._tables.pop()
