"""Places between two statements where a test can have the process die, by name.

Between those that PostgreSQL gets in one message there is no place: a process that shall die there
sends them one by one. Places that stand between messages begin with `at_once`.
They are there only under settings that say so (RISKGW_FAILPOINTS), which no setting of an
installation does.
"""

import os
import signal

from django.conf import settings


class _Armed:
    """Which place, and how often it is passed before it is deadly."""

    def __init__(self) -> None:
        self.name = ""
        self.passes = 0
        if getattr(settings, "RISKGW_FAILPOINTS", False):
            self.arm(os.environ.get("RISKGW_LEDGER_FAILPOINT", ""))

    def arm(self, said: str) -> None:
        """A name, and perhaps a number: post.lines:3 is its third time."""
        self.name, _, times = said.partition(":")
        self.passes = int(times or 1)


_armed: _Armed | None = None


def arm(said: str) -> None:
    """Only for a process that shall die."""
    _place().arm(said)


def is_armed() -> bool:
    """For a place within a message."""
    name = _place().name
    return bool(name) and not name.startswith("at_once.")


def failpoint(name: str) -> None:
    """As by kill -9: nothing is flushed, no connection is closed."""
    armed = _place()
    if name != armed.name:
        return
    armed.passes -= 1
    if not armed.passes:
        os.kill(os.getpid(), signal.SIGKILL)


def _place() -> _Armed:
    global _armed  # noqa: PLW0603  # settings are known only after the import
    if _armed is None:
        _armed = _Armed()
    return _armed
