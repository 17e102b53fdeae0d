"""tshark as a peer: fields of a capture as text, with segments put back in order."""

import shutil
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.captures import SQL_PORT, Workshop
from tests.benchmarks.children import ChildFailed, run

_SCRIPT = Path(__file__).with_name("szse_peer.lua")
_IN_ORDER = ("-o", "tcp.desegment_tcp_streams:TRUE", "-o", "tcp.reassemble_out_of_order:TRUE")
_ONE_LINE_A_PACKET = ("-T", "fields", "-E", "occurrence=a", "-E", "aggregator=,")
_EMPTY_CAPTURE = struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262_144, 1)


class Task(NamedTuple):
    """What tshark is asked for. A message is counted where `fields[0]` has one of `kinds`."""

    arguments: Sequence[str]
    fields: Sequence[str]
    kinds: frozenset[bytes]


_SZSE_FIELDS = (
    "type", "pbu", "security", "time", "order", "account", "side", "quantity", "price",
)  # fmt: skip
SZSE = Task(
    arguments=("-X", f"lua_script:{_SCRIPT}"),
    fields=[f"szsebin.{name}" for name in _SZSE_FIELDS],
    kinds=frozenset((b"1", b"100101", b"190007", b"200102", b"200115")),
)
# What our decoder shows too: the texts, the parameters with their values, the rows affected.
_TDS_FIELDS = (
    "type", "query", "rpc.proc_id", "rpc.parameter.name", "type_varbyte.data.string",
    "type_varbyte.data.int", "type_varbyte.data.int64", "done.donerowcount64",
    "doneinproc.donerowcount64",
)  # fmt: skip
TDS = Task(
    arguments=("-d", f"tcp.port=={SQL_PORT},tds"),
    fields=[f"tds.{name}" for name in _TDS_FIELDS],
    kinds=frozenset((b"1", b"3")),
)


def is_installed() -> bool:
    return shutil.which("tshark") is not None


def version(workshop: Workshop) -> str:
    if not is_installed():
        return ""
    return run(["tshark", "--version"], workshop.folder).output.split(b"\n", 1)[0].decode()


def microseconds(task: Task, workshop: Workshop, capture: str) -> float:
    """CPU time a message beyond that of reading a capture without packets; refuses a miscount."""
    path, count = workshop.capture(capture)
    empty = workshop.folder / "empty.pcap"
    empty.write_bytes(_EMPTY_CAPTURE)
    start = run(_command(task, empty), workshop.folder).cpu_seconds
    spent = run(_command(task, path), workshop.folder)
    found = _counted(task, spent.output)
    if found != count:
        raise ChildFailed(f"tshark, {capture}: {count} messages were written, found {found}")
    return (spent.cpu_seconds - start) / count * 1e6


def _command(task: Task, path: Path) -> list[str]:
    fields = [argument for name in task.fields for argument in ("-e", name)]
    return [
        "tshark", "-n", *_IN_ORDER, *task.arguments, *_ONE_LINE_A_PACKET, *fields, "-r", str(path),
    ]  # fmt: skip


def _counted(task: Task, output: bytes) -> int:
    columns = (line.split(b"\t", 1)[0] for line in output.splitlines())
    return sum(kind in task.kinds for column in columns for kind in column.split(b","))
