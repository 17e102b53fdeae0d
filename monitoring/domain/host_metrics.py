"""The figures of a host that thresholds may be set for."""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from riskgw.cep.spec import Cmp, Unit


class Metric(StrEnum):
    """As they stand in samples; agents may send more, which are plotted only."""

    CPU = "cpu_percent"
    MEMORY = "memory_percent"
    SWAP = "swap_percent"
    LOAD = "load_per_core"
    DISK = "disk_percent"
    INODES = "inodes_percent"
    NETWORK_ERRORS = "network_errors"
    PROCESS = "process_running"
    PROCESS_CPU = "process_cpu_percent"
    PROCESS_MEMORY = "process_memory_percent"
    PROCESS_RESTARTS = "process_restarts"
    CLOCK = "clock_offset_ms"
    SILENCE = "silent_ms"


class Subject(StrEnum):
    """What a metric may be of, below the host."""

    HOST = ""
    DISK = "disk"
    PROCESS = "process"


@dataclass(frozen=True)
class MetricFacts:
    """`cmp`: on which side of the threshold it is bad. `code` is that of its rule."""

    code: str
    name_en: str
    name_zh: str
    unit: Unit
    cmp: Cmp = Cmp.GE
    subject: Subject = Subject.HOST
    # An error to either side is as bad.
    is_magnitude: bool = False


# Whatever the figure is.
ADVICE_EN = "Look at the plot, the heaviest processes and the log lines of that minute."
ADVICE_ZH = "查看曲线、占用最高的进程以及该分钟的日志。"


def _of_process(code: str, name_en: str, name_zh: str, unit: Unit, cmp: Cmp) -> MetricFacts:
    return MetricFacts(code, name_en, name_zh, unit, cmp, Subject.PROCESS)


METRICS = MappingProxyType(
    {
        Metric.CPU: MetricFacts("SYS-CPU", "CPU usage", "CPU 使用率", Unit.PERCENT),
        Metric.MEMORY: MetricFacts("SYS-MEM", "Memory usage", "内存使用率", Unit.PERCENT),
        Metric.SWAP: MetricFacts("SYS-SWAP", "Swap usage", "交换区使用率", Unit.PERCENT),
        Metric.LOAD: MetricFacts("SYS-LOAD", "Load per core", "每核负载", Unit.COUNT),
        Metric.DISK: MetricFacts(
            "SYS-DISK", "Disk usage", "磁盘使用率", Unit.PERCENT, subject=Subject.DISK
        ),
        Metric.INODES: MetricFacts(
            "SYS-INODE", "Inode usage", "inode 使用率", Unit.PERCENT, subject=Subject.DISK
        ),
        Metric.NETWORK_ERRORS: MetricFacts(
            "SYS-NET", "Network errors and drops a second", "每秒网络错误与丢包", Unit.COUNT
        ),
        Metric.PROCESS: _of_process(
            "SYS-PROC", "Processes running", "运行的进程数", Unit.COUNT, Cmp.LT
        ),
        Metric.PROCESS_CPU: _of_process(
            "SYS-PROC-CPU", "CPU of a process", "进程 CPU", Unit.PERCENT, Cmp.GE
        ),
        Metric.PROCESS_MEMORY: _of_process(
            "SYS-PROC-MEM", "Memory of a process", "进程内存", Unit.PERCENT, Cmp.GE
        ),
        Metric.PROCESS_RESTARTS: _of_process(
            "SYS-RESTART", "Restarts of a process in ten minutes", "十分钟内进程重启次数",
            Unit.COUNT, Cmp.GE,
        ),
        Metric.CLOCK: MetricFacts(
            "SYS-CLOCK", "Clock offset", "时钟偏差", Unit.MS, is_magnitude=True
        ),
        Metric.SILENCE: MetricFacts("SYS-SILENT", "Host silent for", "主机失联时长", Unit.MS),
    }
)  # fmt: skip
