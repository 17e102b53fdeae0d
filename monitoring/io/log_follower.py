"""Follows log files: whole lines from where it stopped, through rotation and truncation."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

LINE_MAX = 64 << 10
CHUNK_BYTES = 1 << 20
# By its beginning a file is known again that was emptied and has grown past the old place.
HEAD_BYTES = 128
ROTATED_MAX = 1_000


class Place(NamedTuple):
    """How far a file has been read; `head` is the digest of its first `head_size` bytes."""

    path: str
    inode: int = 0
    offset: int = 0
    head: str = ""
    head_size: int = 0


class Read(NamedTuple):
    """Lines without their ends, and the place behind them."""

    lines: list[bytes]
    place: Place


def read_on(place: Place, bytes_max: int) -> Iterator[Read]:
    """In chunks: first the rest of the file that stood here before, then the one that does."""
    path = Path(place.path)
    try:
        found = path.stat()
    except OSError:
        return
    if place.inode and found.st_ino != place.inode:
        for rotated in _rotated(path, place):
            yield from _rest(rotated, place, bytes_max)
        place = Place(place.path)
    elif place.inode and (found.st_size < place.offset or not _is_same(path, place)):
        place = Place(place.path)
    yield from _chunks(path, place._replace(inode=found.st_ino), bytes_max)


def _rotated(path: Path, place: Place) -> Iterator[Path]:
    """What the file is called now, if it is still beside its successor."""
    try:
        names = sorted(os.scandir(path.parent), key=lambda each: each.name)[:ROTATED_MAX]
    except OSError:
        return
    for each in names:
        if each.name.startswith(path.name) and each.inode() == place.inode:
            if _is_same(Path(each.path), place):
                yield Path(each.path)
            return


def _rest(rotated: Path, place: Place, bytes_max: int) -> Iterator[Read]:
    """Nothing more will come: its last line counts without an end, too."""
    for read in _chunks(rotated, place, bytes_max):
        place = read.place
        yield read
    with rotated.open("rb") as file:
        file.seek(place.offset)
        left = file.read(LINE_MAX)
    if left and b"\n" not in left:
        yield Read([left], place._replace(offset=place.offset + len(left)))


def _chunks(path: Path, place: Place, bytes_max: int) -> Iterator[Read]:
    try:
        with path.open("rb") as file:
            place = _known(file.read(HEAD_BYTES), place)
            ends = place.offset + bytes_max
            while place.offset < ends:
                file.seek(place.offset)
                data = file.read(min(CHUNK_BYTES, ends - place.offset + LINE_MAX))
                size = _whole(data)
                if not size:
                    # Also where there is nothing new: the place is that of this file.
                    yield Read([], place)
                    return
                place = place._replace(offset=place.offset + size)
                yield Read(data[:size].splitlines(), place)
    except OSError:
        return


def _whole(data: bytes) -> int:
    """Up to the last end of a line; a line without an end is cut at its maximum."""
    return data.rfind(b"\n") + 1 or (len(data) if len(data) >= LINE_MAX else 0)


def _known(head: bytes, place: Place) -> Place:
    if len(head) <= place.head_size:
        return place
    return place._replace(head=hashlib.sha256(head).hexdigest(), head_size=len(head))


def _is_same(path: Path, place: Place) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(place.head_size)
    except OSError:
        return False
    return hashlib.sha256(head).hexdigest() == place.head or not place.head_size
