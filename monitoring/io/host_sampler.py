"""Samples of the machine this process runs on, by psutil."""

import os
import platform
import time
from collections.abc import Iterator, Sequence

import psutil

from monitoring.domain.host_metrics import Metric
from monitoring.domain.host_sample import Heavy, Sample

DISKS_MAX, PROCESSES_MAX, HEAVIEST = 30, 40, 5
# What a process is named that is listed, at most.
_NAME_MAX = 80
RESTARTS_SECONDS = 600
RESTARTS_MAX = 1_000
# What holds no data of anybody: images, memory, the kernel's own.
_NO_DISKS = ("squashfs", "tmpfs", "devtmpfs", "proc", "sysfs", "cgroup", "cgroup2", "iso9660")
_DIGITS = 2

Values = dict[str, float | None]


class HostSampler:
    """Rates and CPU are since the sample before; the first has none."""

    def __init__(self) -> None:
        self.watched: tuple[str, ...] = ()
        self.clock_offset_ms: float | None = None
        self._rates: dict[str, tuple[float, float]] = {}
        self._processes: dict[int, psutil.Process] = {}
        # Of each watched name the processes that were there, and when one took another's place.
        self._pids: dict[str, set[tuple[int, float]]] = {}
        self._restarts: dict[str, list[float]] = {}
        self._has_begun = False
        psutil.cpu_percent()

    def facts(self) -> dict[str, int | str]:
        return {
            "system": f"{platform.system()} {platform.release()}",
            "cores": psutil.cpu_count() or 1,
            "memory_bytes": psutil.virtual_memory().total,
            "boot_ns": int(psutil.boot_time()) * 10**9,
        }

    def sample(self) -> Sample:
        now = time.monotonic()
        values: Values = {}
        values.update(_machine())
        if not self._has_begun:
            values[Metric.CPU] = None
        self._has_begun = True
        values.update(_disks())
        values.update(self._throughput(now))
        values[Metric.CLOCK] = self.clock_offset_ms
        heaviest = self._look_at_processes(values, now)
        return Sample(time.time_ns(), values, heaviest)

    def _throughput(self, now: float) -> Iterator[tuple[str, float | None]]:
        """Bytes a second; of networks without the machine's talk with itself."""
        disks = psutil.disk_io_counters()
        networks = [
            each for name, each in psutil.net_io_counters(pernic=True).items() if name != "lo"
        ]
        counted = {
            "disk_read_bytes": disks.read_bytes if disks else None,
            "disk_write_bytes": disks.write_bytes if disks else None,
            "network_received_bytes": sum(each.bytes_recv for each in networks),
            "network_sent_bytes": sum(each.bytes_sent for each in networks),
            str(Metric.NETWORK_ERRORS): sum(
                each.errin + each.errout + each.dropin + each.dropout for each in networks
            ),
        }
        for name, count in counted.items():
            yield name, None if count is None else self._rate(name, count, now)

    def _rate(self, name: str, count: float, now: float) -> float | None:
        before = self._rates.get(name)
        self._rates[name] = (count, now)
        if before is None or now <= before[1] or count < before[0]:
            return None
        return round((count - before[0]) / (now - before[1]), _DIGITS)

    def _look_at_processes(self, values: Values, now: float) -> tuple[Heavy, ...]:
        """All of them once: the heaviest, and those that are watched by name."""
        total = psutil.virtual_memory().total
        found: list[tuple[Heavy, float]] = []
        for process in self._listed():
            seen = _seen(process)
            if seen is not None:
                found.append(seen)
        for name in self.watched[:PROCESSES_MAX]:
            own = [each for each in found if each[0].name == name]
            values[f"{Metric.PROCESS} {name}"] = len(own)
            values[f"{Metric.PROCESS_CPU} {name}"] = _sum(each.cpu_percent for each, _ in own)
            memory = sum(each.memory_bytes for each, _ in own)
            values[f"{Metric.PROCESS_MEMORY} {name}"] = round(100 * memory / total, _DIGITS)
            values[f"{Metric.PROCESS_RESTARTS} {name}"] = self._restarted(name, own, now)
        heaviest = sorted((each for each, _ in found), key=_weight, reverse=True)
        return tuple(heaviest[:HEAVIEST])

    def _listed(self) -> list[psutil.Process]:
        """The same objects again: a process's CPU is what it took since it was asked before."""
        pids = psutil.pids()
        known = {pid: self._processes[pid] for pid in pids if pid in self._processes}
        for pid in pids:
            if pid not in known:
                try:
                    known[pid] = psutil.Process(pid)
                except psutil.NoSuchProcess:
                    continue
        self._processes = known
        return list(known.values())

    def _restarted(self, name: str, own: Sequence[tuple[Heavy, float]], now: float) -> int:
        """How often in the last ten minutes another process took the place of one that ended."""
        pids = {(each.pid, began) for each, began in own}
        before = self._pids.get(name)
        times = self._restarts.setdefault(name, [])
        if before is not None:
            times += [now] * min(len(before - pids), len(pids - before))
        if pids or before is None:
            self._pids[name] = pids
        del times[:-RESTARTS_MAX]
        self._restarts[name] = [at for at in times if now - at < RESTARTS_SECONDS]
        return len(self._restarts[name])


def _machine() -> Iterator[tuple[str, float | None]]:
    cores = psutil.cpu_count() or 1
    loads = os.getloadavg()
    memory, swap = psutil.virtual_memory(), psutil.swap_memory()
    yield Metric.CPU, psutil.cpu_percent()
    yield Metric.MEMORY, memory.percent
    yield "memory_available_bytes", memory.available
    yield Metric.SWAP, swap.percent
    yield "load_1", round(loads[0], _DIGITS)
    yield "load_5", round(loads[1], _DIGITS)
    yield "load_15", round(loads[2], _DIGITS)
    yield Metric.LOAD, round(loads[0] / cores, _DIGITS)


def _disks() -> Iterator[tuple[str, float | None]]:
    """Each device once, under the shortest of its mount points."""
    parts: dict[str, str] = {}
    for part in sorted(psutil.disk_partitions(all=True), key=lambda each: len(each.mountpoint)):
        is_data = part.fstype not in _NO_DISKS and not part.mountpoint.startswith(("/proc", "/sys"))
        if is_data and part.device not in parts:
            parts[part.device] = part.mountpoint
    for mount in sorted(parts.values())[:DISKS_MAX]:
        try:
            usage = psutil.disk_usage(mount)
            found = os.statvfs(mount)
        except OSError:
            continue
        if not usage.total:
            continue
        yield f"{Metric.DISK} {mount}", usage.percent
        yield f"disk_free_bytes {mount}", usage.free
        if found.f_files:
            used = 100 * (1 - found.f_favail / found.f_files)
            yield f"{Metric.INODES} {mount}", round(used, _DIGITS)


def _seen(process: psutil.Process) -> tuple[Heavy, float] | None:
    """A process and when it began; None for one that has ended."""
    try:
        with process.oneshot():
            name = process.name()
            heavy = Heavy(
                process.pid, name[:_NAME_MAX], process.username()[:_NAME_MAX],
                round(process.cpu_percent(), 1), process.memory_info().rss,
            )  # fmt: skip
            return (
                None if process.status() == psutil.STATUS_ZOMBIE else (heavy, process.create_time())
            )
    except (psutil.NoSuchProcess, psutil.AccessDenied, KeyError):
        return None


def _weight(each: Heavy) -> tuple[float, int]:
    return each.cpu_percent, each.memory_bytes


def _sum(found: Iterator[float]) -> float:
    return round(sum(found), _DIGITS)
