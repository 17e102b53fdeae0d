"""JSON for messages: one encoder, one line a message."""

from typing import Any

import msgspec

_ENCODER = msgspec.json.Encoder()


def json_line(value: Any) -> bytes:
    """One message as one JSON line, UTF-8, with its line feed."""
    return _ENCODER.encode(value) + b"\n"
