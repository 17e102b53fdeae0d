"""What clients say over the socket, and how they are answered. docs/protocols/live.md."""

from http import HTTPStatus
from typing import Annotated, Any

import msgspec

from riskgw.web.problems import Problem

FRAME_SIZE_MAX = 64 * 1024
TOPICS_MAX = 32
_NAME_SIZE_MAX = 64

_Topics = Annotated[
    list[Annotated[str, msgspec.Meta(max_length=_NAME_SIZE_MAX)]],
    msgspec.Meta(max_length=TOPICS_MAX),
]
Reply = int | Annotated[str, msgspec.Meta(max_length=_NAME_SIZE_MAX)]


class Subscribe(msgspec.Struct, frozen=True, tag_field="op", tag="subscribe"):
    """From now on these topics."""

    topics: _Topics


class Unsubscribe(msgspec.Struct, frozen=True, tag_field="op", tag="unsubscribe"):
    """These topics no more."""

    topics: _Topics


class CommandFrame(msgspec.Struct, frozen=True, tag_field="op", tag="command"):
    """A command; its answer carries the `id`."""

    id: Reply
    name: Annotated[str, msgspec.Meta(max_length=_NAME_SIZE_MAX)]
    args: dict[str, Any] = {}


Frame = Subscribe | Unsubscribe | CommandFrame
_DECODER: msgspec.json.Decoder[Frame] = msgspec.json.Decoder(Frame)
_ENCODER = msgspec.json.Encoder()


def read_frame(text: str | None) -> Frame:
    """The frame, or the problem with it."""
    if text is None:
        raise _bad("Only text frames are understood.")
    if len(text.encode(errors="replace")) > FRAME_SIZE_MAX:
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "frame_too_large")
    try:
        return _DECODER.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise _bad(str(error)) from None


def _bad(detail: str) -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, "bad_frame", detail)


def answered(reply: Reply | None, data: Any) -> str:
    return _text({"reply": reply, "ok": True, "data": data})


def refused(reply: Reply | None, problem: Problem) -> str:
    return _text({"reply": reply, "ok": False, "error": problem.json()})


def told(op: str, **what: Any) -> str:
    """The answer to a subscription or its end."""
    return _text({"reply": op, **what})


def _text(value: dict[str, Any]) -> str:
    return _ENCODER.encode(value).decode()
