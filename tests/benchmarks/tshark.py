"""tshark as a peer: fields of a capture as text, with segments put back in order."""

import shutil
import struct
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from capture.wire.field_tables import Field
from capture.wire.szse.layouts import LAYOUTS
from tests.benchmarks.captures import SQL_PORT, Workshop
from tests.benchmarks.children import ChildFailed, run

_SCRIPT = Path(__file__).with_name("szse_peer.lua")
_IN_ORDER = ("-o", "tcp.desegment_tcp_streams:TRUE", "-o", "tcp.reassemble_out_of_order:TRUE")
_ONE_LINE_A_PACKET = ("-T", "fields", "-E", "occurrence=a", "-E", "aggregator=,")
_EMPTY_CAPTURE = struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262_144, 1)


class Task(NamedTuple):
    """What tshark is asked for. A message is counted where `fields[0]` has one of `kinds`.

    `dissected` are the fields its Lua script takes apart: all of them, some, or no script at all.
    """

    arguments: Sequence[str]
    fields: Sequence[str]
    kinds: frozenset[bytes]
    dissected: Collection[str] | None = None


_SZSE_TYPES = (100101, 190007, 200102, 200115)
_NINE = (
    "SubmittingPBUID", "SecurityID", "TransactTime", "ClOrdID", "AccountID", "Side", "OrderQty",
    "Price",
)  # fmt: skip
_SZSE_FIELDS = ["szsebin.type", *(f"szsebin.{name.lower()}" for name in _NINE)]
_SZSE_KINDS = frozenset((b"1", *(str(kind).encode() for kind in _SZSE_TYPES)))
# Both print the same nine fields; as a decoder does, the first takes apart all there are.
SZSE = Task((), _SZSE_FIELDS, _SZSE_KINDS, ())
SZSE_NINE = Task((), _SZSE_FIELDS, _SZSE_KINDS, _NINE)
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
    script = () if task.dissected is None else _script(task.dissected, workshop.folder)
    start = run(_command(task, script, empty), workshop.folder).cpu_seconds
    spent = run(_command(task, script, path), workshop.folder)
    found = _counted(task, spent.output)
    if found != count:
        raise ChildFailed(f"tshark, {capture}: {count} messages were written, found {found}")
    return (spent.cpu_seconds - start) / count * 1e6


def _command(task: Task, script: Sequence[str], path: Path) -> list[str]:
    fields = [argument for name in task.fields for argument in ("-e", name)]
    return [
        "tshark", "-n", *_IN_ORDER, *task.arguments, *script, *_ONE_LINE_A_PACKET, *fields,
        "-r", str(path),
    ]  # fmt: skip


def _script(wanted: Collection[str], folder: Path) -> tuple[str, str]:
    """The Lua dissector with the tables of our own layouts in front of it."""
    kinds: dict[str, str] = {}
    layouts: list[str] = []
    for kind in _SZSE_TYPES:
        fields = [each for each in LAYOUTS[kind].fields if not wanted or each.name in wanted]
        kinds |= {field.name: _lua_kind(field) for field in fields}
        places = (f'{{"{each.name}",{each.offset},{_bytes(each)}}}' for each in fields)
        layouts.append(f"[{kind}]={{{','.join(places)}}}")
    names = ",".join(f'{name}="{kind}"' for name, kind in kinds.items())
    path = folder / "szse_peer.lua"
    tables = f"FIELDS = {{{names}}}\nLAYOUTS = {{{','.join(layouts)}}}\n"
    path.write_text(tables + _SCRIPT.read_text())
    return "-X", f"lua_script:{path}"


def _bytes(field: Field) -> int:
    return struct.calcsize(">" + field.code)


def _lua_kind(field: Field) -> str:
    if field.is_text:
        return "string"
    return f"{'uint' if field.code.isupper() else 'int'}{_bytes(field)}"


def _counted(task: Task, output: bytes) -> int:
    columns = (line.split(b"\t", 1)[0] for line in output.splitlines())
    return sum(kind in task.kinds for column in columns for kind in column.split(b","))
