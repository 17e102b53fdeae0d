"""Messages to test with, and raw ones written field by field."""

from quoting.wire.fix import messages as fix
from quoting.wire.fix.codec import Sending, sealed
from quoting.wire.fix.values import timestamp, timestamp_text

AT_NS = timestamp("20260304-02:30:00.125")
US, THEM = "RISKGW", "CHANNEL1"
SENDING = Sending(US, THEM, 7, AT_NS)


def entry(number: int = 1, pair: str = "USD.CNY", size: str = "1000000") -> fix.QuoteEntry:
    return fix.QuoteEntry(f"L{number}", pair, "6.4688", "6.4701", size, size, AT_NS, 20260306)


def mass_quote(quote_id: str = "Q1", levels: int = 4) -> fix.MassQuote:
    entries = tuple(entry(number) for number in range(levels))
    return fix.MassQuote(quote_id, 2, (fix.QuoteSet("USD.CNY", levels, entries),))


def cancel_all(quote_id: str = "C1") -> fix.QuoteCancel:
    return fix.QuoteCancel(quote_id, fix.CANCEL_ALL)


def raw(kind: str, body: str = "", number: int = 1, **header: str) -> bytes:
    """A message of the peer's with `|` between fields; `header` replaces (sender, at, also)."""
    at = header.get("at", timestamp_text(AT_NS))
    sender, target = header.get("sender", THEM), header.get("target", US)
    also = header.get("also", "")
    fields = f"35={kind}|34={number}|49={sender}|52={at}|56={target}|{also}{body}"
    return sealed(fields.replace("|", "\x01"))
