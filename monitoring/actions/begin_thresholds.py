"""The thresholds a new system begins with; people change them, and they stay changed."""

from decimal import Decimal

from monitoring.domain.host_metrics import Metric
from monitoring.models import SystemThreshold

# Figure: warn, limit, back at, seconds it must hold.
FIRST: dict[Metric, tuple[str | None, str | None, str | None, int]] = {
    Metric.CPU: ("85", "95", "80", 60),
    Metric.MEMORY: ("85", "95", "82", 60),
    Metric.SWAP: ("50", "80", "45", 60),
    Metric.LOAD: ("2", "4", "1.8", 120),
    Metric.DISK: ("80", "90", "78", 0),
    Metric.INODES: ("80", "90", "78", 0),
    Metric.NETWORK_ERRORS: ("10", None, "5", 30),
    Metric.PROCESS: ("1", None, None, 10),
    Metric.PROCESS_RESTARTS: ("1", "3", None, 0),
    Metric.CLOCK: ("100", "1000", "80", 30),
    Metric.SILENCE: ("30000", "120000", None, 0),
}


def begin_thresholds() -> None:
    """Those that are missing where there are none at all."""
    if SystemThreshold.objects.exists():
        return
    for metric, (warn, limit, clear, seconds) in FIRST.items():
        SystemThreshold.objects.create(
            metric=metric,
            warn=warn and Decimal(warn),
            limit=limit and Decimal(limit),
            clear=clear and Decimal(clear),
            for_seconds=seconds,
        )
