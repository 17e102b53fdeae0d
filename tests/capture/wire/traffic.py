"""Connections in a binary dialect, cut and glued anywhere, then treated as mirror ports do."""

import struct
from random import Random

from hypothesis import strategies as st

from capture.wire.binary_framer import Dialect, with_checksum
from capture.wire.szse.layouts import SZSE_BINARY
from capture.wire.tdgw.layouts import TDGW_BINARY
from tests.fakes import AT_NS, Conversation, Packet, captured

DIALECTS = (SZSE_BINARY, TDGW_BINARY)
MESSAGES_MAX, SEGMENT_BYTES = 24, (1, 40, 150, 400, 1460)
DAMAGES_MAX = 4
UNKNOWN_TYPE = 999_999
# What a log-on says goes both ways; the first message that goes up tells the client.
LOGON = {SZSE_BINARY: 1, TDGW_BINARY: 40}
LATER_NS = (1_000, 1_000_000, 30_000_000)


def message(dialect: Dialect, random: Random) -> bytes:
    """Any type, any bytes in its fields; now and then longer, unknown or wrong."""
    kind = random.choice(sorted(dialect.layouts))
    size = dialect.layouts[kind].size
    oddity = random.random()
    if oddity < 0.05:
        size += random.randrange(40)
    elif oddity < 0.08:
        kind = UNKNOWN_TYPE
    # Few different bytes: repeating groups announce few entries, text is often padded.
    body = bytes(random.choices((0, 0, 0, 1, 32, 48, 65, 200), k=size))
    sound = framed(dialect, kind, body)
    return sound[:-1] + b"\x07" if 0.08 <= oddity < 0.09 else sound


def framed(dialect: Dialect, kind: int, body: bytes) -> bytes:
    number = struct.pack(">Q", 7) if dialect.header.size == 16 else b""
    return with_checksum(struct.pack(">I", kind) + number + struct.pack(">I", len(body)) + body)


def logon(dialect: Dialect) -> bytes:
    kind = LOGON[dialect]
    return framed(dialect, kind, bytes(dialect.layouts[kind].size))


def spoken(random: Random, port: int) -> list[bytes]:
    """Both ends of one connection, in segments that know nothing of messages."""
    dialect = random.choice(DIALECTS)
    # Some are soon at the end of the sequence numbers.
    first = [random.choice((random.randrange(2**32), 2**32 - 1500)) for _ in range(2)]
    talk = Conversation(port, (first[0], first[1]))
    frames = talk.open() if random.random() < 0.8 else []
    frames += [talk.up(logon(dialect)), talk.down(logon(dialect))]
    unsent = [
        b"".join(message(dialect, random) for _ in range(random.randrange(MESSAGES_MAX)))
        for _ in range(2)
    ]
    while unsent[0] or unsent[1]:
        end, size = random.randrange(2), random.choice(SEGMENT_BYTES)
        data, unsent[end] = unsent[end][:size], unsent[end][size:]
        frames.append((talk.up, talk.down)[end](data))
    return frames + (talk.close() if random.random() < 0.5 else [])


def damaged(frames: list[bytes], random: Random) -> list[bytes]:
    """Lost, repeated, exchanged, tagged, cut off, or a byte of them changed."""
    for _ in range(random.randrange(DAMAGES_MAX)):
        place = random.randrange(max(1, len(frames) - 1))
        frame = frames[place]
        tagged = frame[:12] + b"\x81\x00\x00\x64" + frame[12:]
        changed = bytearray(frame)
        changed[random.randrange(len(frame))] ^= 1 << random.randrange(8)
        frames[place : place + 1] = random.choice(
            (
                [],
                [frame, frame],
                [*frames[place + 1 : place + 2], frame],
                [tagged],
                [tagged[: -random.randrange(1, 8)]],
                [frame[: random.randrange(14, len(frame) + 1)]],
                [frame + b"trailer"],
                [bytes(changed)],
                [frame, bytes(changed)],
            )
        )
    return frames


def mirrored(seed: int) -> list[Packet]:
    """Some connections at once, unlike for each seed; times between packets differ."""
    random = Random(seed)
    talks = [spoken(random, 45_000 + number) for number in range(random.randrange(1, 4))]
    frames: list[bytes] = []
    while talks := [talk for talk in talks if talk]:
        frames.append(random.choice(talks).pop(0))
    if random.random() < 0.7:
        frames = damaged(frames, random)
    if random.random() < 0.1:
        frames = [frame for frame in frames for _ in range(2)]
    at_ns, packets = AT_NS, []
    for _, link, frame, length in captured(frames):
        at_ns += random.choice(LATER_NS)
        packets.append((at_ns, link, frame, max(length, random.choice((length, 60)))))
    return packets


# Of `mirrored`.
seeds = st.integers(0, 2**32)
