"""Bytes of a problem as hex that may be shown: what may be a password is hidden."""

import re

# A log-on is the first message of its stream, and in the binary protocols no longer than this.
LOG_ON_BYTES_MAX = 128
HIDDEN = "**"
# MsgType 1 in front of a body: a Logon, wherever it stands; a tag-value protocol's passwords.
_LOGON_HEADER = re.compile(rb"\x00\x00\x00\x01\x00\x00")
_PASSWORD_TAGS = re.compile(rb"(?:^|\x01)(?:554|925)=[^\x01]*")


def hex_shown(data: bytes, position: int) -> str:
    """`data` stands at a position of its stream; TDS keeps no bytes of a log-in at all."""
    hidden = [(0, LOG_ON_BYTES_MAX - position)]
    hidden += [(found.end(), len(data)) for found in _LOGON_HEADER.finditer(data)]
    hidden += [found.span() for found in _PASSWORD_TAGS.finditer(data)]
    return "".join(
        HIDDEN if any(start <= place < end for start, end in hidden) else f"{byte:02x}"
        for place, byte in enumerate(data)
    )
