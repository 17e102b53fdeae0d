"""What is known of each TCP session of a feed, for the people who watch over it."""

from collections import deque
from collections.abc import Iterable, Iterator
from heapq import nlargest
from itertools import islice
from typing import Any, NamedTuple

from capture.wire.connection import Connection
from capture.wire.packet import endpoints, reversed_flow
from capture.wire.session_counts import SessionCounts

SESSIONS_SHOWN_MAX = 200
# Sessions that are over are remembered up to so many.
ENDED_MAX = 200
# With more connections than that, the oldest and the newest of them are looked at.
CONNECTIONS_LOOKED_AT_MAX = 4096


class SessionFacts(NamedTuple):
    """What a connection says of itself; `state` is open, half, closed or undetected."""

    conn: str
    protocol: str
    state: str
    user: str
    bytes: int
    encrypted_bytes: int


class EndedSession(NamedTuple):
    """A session that is over; its last problems are still being counted."""

    facts: SessionFacts
    counts: SessionCounts


Ended = deque[EndedSession]


def ended_sessions() -> Ended:
    return deque(maxlen=ENDED_MAX)


def facts_of(connection: Connection) -> SessionFacts:
    session, (first, second) = connection.session, connection.streams
    return SessionFacts(
        connection.conn or _guessed_conn(connection),
        connection.protocol,
        _state(connection),
        # Not every protocol has a log-on with a name, or encryption.
        getattr(session, "user", ""),
        first.position + second.position,
        getattr(session, "encrypted_bytes", 0),
    )


def session_rows(connections: Iterable[Connection], ended: Ended) -> list[dict[str, Any]]:
    """Most recently heard first, at most SESSIONS_SHOWN_MAX; nothing of a password is kept."""
    known = [(each.counts.last_ns, place, each) for place, each in enumerate(connections)]
    living = [each for _, _, each in nlargest(SESSIONS_SHOWN_MAX, known)]
    rows = [_row(facts_of(each), each.counts) for each in living]
    rows += [_row(each.facts, each.counts) for each in ended]
    return nlargest(SESSIONS_SHOWN_MAX, rows, key=lambda row: row["last_ns"] or 0)


def looked_at(halves: dict[bytes, Any]) -> Iterator[Connection]:
    """Each connection once, of a table that holds both of its directions."""
    most = CONNECTIONS_LOOKED_AT_MAX
    if len(halves) <= 2 * most:
        chosen = list(halves.values())
    else:
        chosen = [*islice(halves.values(), most), *islice(reversed(halves.values()), most)]
    return (connection for connection, sender, _, _ in chosen if sender == 0)


def _row(facts: SessionFacts, counts: SessionCounts) -> dict[str, Any]:
    return {
        **facts._asdict(),
        "encrypted_bytes": facts.encrypted_bytes + counts.encrypted_bytes,
        "origin": counts.origin,
        "since_ns": counts.since_ns,
        "last_ns": counts.last_ns or None,
        "messages": counts.messages,
        "events": counts.events,
        "gaps": counts.gaps,
        "lost_bytes": counts.lost_bytes,
        "problems": counts.problems,
    }


def _state(connection: Connection) -> str:
    if connection.is_closed:
        return "closed"
    if connection.session is None:
        return "undetected"
    return "open" if all(stream.started for stream in connection.streams) else "half"


def _guessed_conn(connection: Connection) -> str:
    """Until the client is known: by SYN, else who spoke first."""
    flow = connection.flow
    return ">".join(endpoints(reversed_flow(flow) if connection.syn_by == 1 else flow))
