"""Which version a connection speaks, where its log-in was not seen: told by its messages."""

import struct
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TypeVar

from capture.wire.tds.reader import MalformedMessage
from capture.wire.tds.requests import headers_size
from capture.wire.tds.version import TDS_7_0, TDS_7_1, TDS_7_4, Version

# The newest of each form: 7.2 to 7.4 differ in tokens only, not in how a message is laid out.
FORMS = (TDS_7_4, TDS_7_1, TDS_7_0)
# Reading past the end of a message shows as one of these.
MALFORMED = (MalformedMessage, struct.error, IndexError)

T = TypeVar("T")


class AmbiguousVersion(Exception):
    """A message that fits several versions, and says different things in them."""


class VersionSearch:
    """Once `known` it stays; until then versions that a message does not fit are left out."""

    __slots__ = ("_possible", "known")

    def __init__(self) -> None:
        self.known: Version | None = None
        self._possible: tuple[Version, ...] = FORMS

    def by_headers(self, request: bytes) -> None:
        """From 7.2 on ALL_HEADERS stand before a request, before it never."""
        if self.known is None:
            has_headers = bool(headers_size(request, None))
            self._keep(each for each in FORMS if each.has_headers == has_headers)

    def read(self, payload: bytes, parse: Callable[[bytes, Version], T]) -> T:
        """What a message says, if all versions agree that it can be of."""
        if self.known is not None:
            return parse(payload, self.known)
        # What was taken for a message before may have been none: then all are possible again.
        found = _fitting(payload, parse, self._possible) or _fitting(payload, parse, FORMS)
        if not found:
            raise MalformedMessage("fits no version of the protocol")
        if len(found) > 1 and len(set(map(repr, found.values()))) > 1:
            raise AmbiguousVersion
        self._keep(found)
        return next(iter(found.values()))

    def _keep(self, versions: Iterable[Version]) -> None:
        self._possible = tuple(versions)
        if len(self._possible) == 1:
            (self.known,) = self._possible


def _fitting(
    payload: bytes, parse: Callable[[bytes, Version], T], versions: Iterable[Version]
) -> dict[Version, T]:
    found: dict[Version, T] = {}
    for version in versions:
        with suppress(*MALFORMED):
            found[version] = parse(payload, version)
    return found
