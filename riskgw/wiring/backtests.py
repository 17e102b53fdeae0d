"""Back-tests begin one at a time, each in a process of its own beside the default worker's."""

import logging
import subprocess
import sys
from collections.abc import Sequence

from django.conf import settings
from django.utils import timezone

from monitoring.actions.advance_backtest import begin_backtest, fail_backtest, interrupt_backtests
from monitoring.models import Backtest

_log = logging.getLogger(__name__)


class Backtests:
    """The default worker's: looks after the process of the back-test that runs."""

    def __init__(self, command: Sequence[str] | None = None) -> None:
        manage = str(settings.BASE_DIR / "manage.py")
        self._command = command or [sys.executable, manage, "run_backtest"]
        self._process: subprocess.Popen[bytes] | None = None
        self._number = 0

    @property
    def is_busy(self) -> bool:
        """Whether a process runs, or has ended and nobody has looked since."""
        return self._process is not None

    def look(self) -> None:
        """Begin the next one when none runs; returns at once."""
        interrupt_backtests(timezone.now())
        if self._process is not None and not self._is_over(self._process):
            return
        row = begin_backtest(timezone.now())
        if row is not None:
            self._number = row.pk
            arguments = [*self._command, str(row.pk)]
            self._process = subprocess.Popen(arguments)  # noqa: S603  # our own command

    def _is_over(self, process: "subprocess.Popen[bytes]") -> bool:
        code = process.poll()
        if code is not None:
            if fail_backtest(self._number, f"its process ended with {code}"):
                _log.error("back-test %d: its process ended with %d", self._number, code)
            self._process = None
            return True
        if not Backtest.objects.filter(pk=self._number, state=Backtest.State.RUNNING).exists():
            process.terminate()
        return False
