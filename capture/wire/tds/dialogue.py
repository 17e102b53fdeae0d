"""Questions and answers of one session: a connection has one, or with multiplexing several."""

from capture.wire.tds.messages import Request
from capture.wire.tds.response import MetadataMemory, Response

_Part = tuple[int, int, int, int]


class Dialogue:
    """What has been asked and not answered yet; the calls of one message are asked together."""

    __slots__ = ("attention", "bulk_table", "waiting")

    def __init__(self) -> None:
        self.waiting: list[Request] = []
        self.attention: Request | None = None
        # The table that INSERT BULK has announced rows for.
        self.bulk_table = ""


def shared(response: Response, requests: int) -> list[Response | None]:
    """The answer to several calls of one message, cut where each of them was done."""
    if requests == 1:
        return [response]
    parts: list[Response | None] = []
    start: _Part = (0, 0, 0, 0)
    for end in response.ends[:requests]:
        parts.append(_part(response, start, end))
        start = end
    if parts:
        assert parts[-1] is not None
        parts[-1].environment = response.environment
    return parts + [None] * (requests - len(parts))


def _part(response: Response, start: _Part, end: _Part) -> Response:
    part = Response(MetadataMemory())
    part.results = response.results[start[0] : end[0]]
    part.return_values = response.return_values[start[1] : end[1]]
    part.errors = response.errors[start[2] : end[2]]
    part.done = response.done[start[3] : end[3]]
    part.return_status = response.return_status
    return part
