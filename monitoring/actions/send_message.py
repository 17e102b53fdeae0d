"""Send one message through Apprise. Its address is a secret: no log and no answer shows it."""

import re
from typing import NamedTuple
from urllib.parse import quote, unquote

import apprise

# For one message, its retries and waits included.
SECONDS_MAX = 10
_RESULT_SIZE_MAX = 200
_WORD_SIZE_MIN = 3
_UNKNOWN = "the environment variable holds no address that Apprise knows"


class Sent(NamedTuple):
    """Whether it went out, and what was said about it."""

    is_sent: bool
    result: str


def send_message(url: str, address: str, title: str, text: str) -> Sent:
    """`{address}` in the URL is whom it is for."""
    asset = apprise.AppriseAsset(
        app_id="riskgw", storage_mode="memory", service_timeout=SECONDS_MAX
    )
    target = apprise.Apprise(asset=asset)
    if not target.add(url.replace("{address}", quote(address, safe=""))):
        return Sent(is_sent=False, result=_UNKNOWN)
    with target.notify(body=text, title=title) as answer:
        if answer:
            return Sent(is_sent=True, result="sent")
        said = "; ".join(line.message for line in answer.logs())
    return Sent(is_sent=False, result=_without_secrets(said, url)[:_RESULT_SIZE_MAX] or "refused")


def _without_secrets(text: str, url: str) -> str:
    """The text with every part of the URL hidden."""
    parts = {part for part in re.split(r"[/:@?&=,#]+", url) if len(part) >= _WORD_SIZE_MIN}
    parts |= {unquote(part) for part in parts}
    for part in sorted(parts, key=len, reverse=True):
        text = re.sub(re.escape(part), "***", text, flags=re.IGNORECASE)
    return text
