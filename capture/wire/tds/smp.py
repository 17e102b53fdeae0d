"""Session multiplex frames: several TDS sessions share one connection (MC-SMP 2.2)."""

import struct
from enum import IntFlag
from typing import NamedTuple

SMP_ID = 0x53
SMP_HEADER_BYTES = 16
# One packet a frame is what clients send; this leaves room for four of the longest.
SMP_FRAME_BYTES_MAX = 1 << 17
SMP_SESSIONS_MAX = 256

_HEADER = struct.Struct("<BBHIII")


class Flag(IntFlag):
    """What a frame is; one at a time."""

    SYN = 1
    ACK = 2
    FIN = 4
    DATA = 8


class Frame(NamedTuple):
    """A frame's header; `size` includes it."""

    flag: Flag
    session: int
    size: int
    sequence: int


def frame_at(data: bytes, at: int) -> Frame | None:
    """The frame whose header stands whole at `at`, or None when there is none."""
    code, flag, session, size, sequence, _ = _HEADER.unpack_from(data, at)
    if code != SMP_ID or flag not in (Flag.SYN, Flag.ACK, Flag.FIN, Flag.DATA):
        return None
    if flag == Flag.DATA:
        is_sound = SMP_HEADER_BYTES < size <= SMP_FRAME_BYTES_MAX
    else:
        is_sound = size == SMP_HEADER_BYTES
    return Frame(Flag(flag), session, size, sequence) if is_sound else None
