"""Lines a CPU-second, from file to database.

Our own format, a file of 200,000 lines, SQLite in a folder of its own; reading, parsing, counting
and inserting together.
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.captures import Workshop
from tests.benchmarks.children import python, run
from tests.benchmarks.figures import Figure

LINES, ROUNDS = 200_000, 3
GOAL = 20_000


def measure(workshop: Workshop) -> list[Figure]:
    command = python("-m", "tests.benchmarks.log_report")
    rates = sorted(float(run(command, workshop.folder).output) for _ in range(ROUNDS))
    return [
        Figure(
            "log report, lines a CPU-second from file to database",
            f"{statistics.median(rates):,.0f} ({rates[0]:,.0f}-{rates[-1]:,.0f})",
            goal=f"≥ {GOAL:,}",
            is_met=statistics.median(rates) >= GOAL,
            rounds=[{"lines_a_second": each} for each in rates],
        )
    ]


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="riskgw-logs-") as folder:
        os.environ["RISKGW_HOME"] = folder
        os.environ["DATABASE_URL"] = f"sqlite:///{folder}/logs.sqlite3"
        os.environ["RISKGW_LOG_FOLDERS"] = folder
        os.environ["DJANGO_SETTINGS_MODULE"] = "riskgw.settings"
        _measure(Path(folder))


def _measure(folder: Path) -> None:
    import django  # noqa: PLC0415  # the environment is set by now

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415  # needs the apps that are loaded now

    from monitoring.actions.follow_logs import begin_logs, follow_logs  # noqa: PLC0415  # needs the apps that are loaded now
    from monitoring.models import LogLine, LogSource  # noqa: PLC0415  # needs the apps that are loaded now

    call_command("migrate", verbosity=0)
    begin_logs()
    LogSource.objects.filter(name="riskgw").update(path=str(folder / "*.log"))
    with (folder / "app.log").open("w") as file:
        for number in range(LINES):
            at = f"2026-11-22 21:{number // 3600 % 60:02}:{number // 60 % 60:02},{number % 1000:03}"
            file.write(f"{at} INFO riskgw.unload: stored batch {number} of shard {number % 2}\n")
    began = time.process_time()
    while follow_logs(lambda: False).lines:
        pass
    seconds = time.process_time() - began
    assert LogLine.objects.count() == LINES
    sys.stdout.write(f"{LINES / seconds}\n")


if __name__ == "__main__":
    main()
