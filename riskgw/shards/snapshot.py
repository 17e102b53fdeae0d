"""Snapshots: the state of our own objects as bytes and back, typed and versioned.

A schema lists every class that may occur, by the attributes that are its state; what it does not
list cannot be stored. The data names no class: it holds numbers of the schema's tables, and loads
only under a schema that lists the same.
"""

from collections.abc import Mapping, Sequence
from enum import Enum
from hashlib import blake2b
from typing import Any
from zlib import compress, decompress
from zlib import error as CompressionError  # noqa: N812  # a class, whatever its module calls it

import msgspec

from riskgw.shards.graph_reader import GraphReader
from riskgw.shards.graph_writer import GraphWriter
from riskgw.shards.object_graph import Listing

FORM = "riskgw snapshot 2"
_DIGEST_BYTES = 16
# The lowest level already leaves a fifth; higher ones take long for little.
_COMPRESSION_LEVEL = 1
# What building objects from a sound form with unsound content can raise.
_UNSOUND = (
    ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError,
    CompressionError, msgspec.DecodeError,
)  # fmt: skip


class SnapshotDamaged(ValueError):
    """The bytes are no snapshot, or no longer the one that was written."""


class SnapshotMismatch(ValueError):
    """The snapshot was written under another schema: its state must be made again."""


class _Sealed(msgspec.Struct, frozen=True, array_like=True):
    form: str
    fingerprint: bytes
    digest: bytes
    payload: bytes


_HEADER = msgspec.msgpack.Decoder(_Sealed)


class Schema:
    """What may stand in a snapshot.

    `objects`: class to the attributes that are its state; their identity survives.
    `values`: enums, named tuples and structs that are stored whole, wherever they occur.
    `constants`: objects that the program makes once, stored by name.
    `rebuilt`: class to attributes that its constructor makes: settings of the root and its parts,
    which `load_into` leaves alone, and elsewhere what a constructor without arguments can make.
    """

    def __init__(
        self,
        name: str,
        objects: Mapping[type, Sequence[str]],
        values: Sequence[type] = (),
        *,
        constants: Mapping[str, object] | None = None,
        rebuilt: Mapping[type, Sequence[str]] | None = None,
    ) -> None:
        self._listing = Listing(objects, values, constants or {}, rebuilt or {})
        described = [FORM, name, *map(_described, values), *sorted(constants or ())]
        described += [f"{_name(cls)} {' '.join(names)}" for cls, names in objects.items()]
        self.fingerprint = _digest("\n".join(described).encode())

    def dump(self, root: object) -> bytes:
        """The state of everything that `root` reaches; equal states give equal bytes."""
        return self.sealed(GraphWriter(self._listing).graph(root))

    def load(self, data: bytes) -> Any:
        """The root again, with all it reached."""
        return self._read(data, None)

    def load_into(self, data: bytes, root: object) -> None:
        """Puts the stored state on `root`; when it is refused, `root` is not to be used."""
        self._read(data, root)

    def sealed(self, graph: list[Any]) -> bytes:
        """A graph with what is checked before anything in it is believed."""
        payload = compress(msgspec.msgpack.encode(graph), _COMPRESSION_LEVEL)
        digest = _digest(self.fingerprint + payload)
        return msgspec.msgpack.encode(_Sealed(FORM, self.fingerprint, digest, payload))

    def _read(self, data: bytes, into: object) -> Any:
        payload = self._opened(data)
        try:
            graph = msgspec.msgpack.decode(decompress(payload))
            return GraphReader(self._listing).root(graph, into)
        except _UNSOUND as error:
            raise SnapshotDamaged(f"the content is not sound: {error}") from None

    def _opened(self, data: bytes) -> bytes:
        try:
            header = _HEADER.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise SnapshotDamaged(str(error)) from None
        if header.digest != _digest(header.fingerprint + header.payload):
            raise SnapshotDamaged("the content is not what was written")
        if header.form != FORM or header.fingerprint != self.fingerprint:
            raise SnapshotMismatch("written under another schema")
        return header.payload


def _described(cls: type) -> str:
    if issubclass(cls, Enum):
        return f"{_name(cls)} {[(each.name, each.value) for each in cls]}"
    fields = getattr(cls, "_fields", ()) or getattr(cls, "__struct_fields__", ())
    return f"{_name(cls)} {' '.join(fields)}"


def _name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def _digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=_DIGEST_BYTES).digest()
