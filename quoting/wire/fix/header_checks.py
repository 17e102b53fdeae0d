"""What the header of every message of an established session must satisfy."""

from quoting.wire.fix.codec import Envelope
from quoting.wire.fix.values import FieldRefused, NotOfItsType, RejectReason, timestamp


def check_sending_time(envelope: Envelope, at_ns: int, accuracy_ns: int) -> None:
    """SendingTime (52) is near ours; of what is sent again, OrigSendingTime (122) before it."""
    text = envelope.header.get("52")
    if text is None:
        raise FieldRefused(RejectReason.REQUIRED_TAG_MISSING, 52, "is missing")
    sent_ns = _time(52, text)
    if abs(at_ns - sent_ns) > accuracy_ns:
        raise FieldRefused(RejectReason.SENDING_TIME_ACCURACY, 52, "SendingTime accuracy")
    # A gap fill was never sent before, and says so by its type.
    if not envelope.is_possibly_double or envelope.type == "4":
        return
    first = envelope.header.get("122")
    if first is None:
        raise FieldRefused(RejectReason.REQUIRED_TAG_MISSING, 122, "is missing")
    if _time(122, first) > sent_ns:
        raise FieldRefused(RejectReason.SENDING_TIME_ACCURACY, 122, "sent after it was resent")


def _time(tag: int, text: str) -> int:
    try:
        return timestamp(text)
    except NotOfItsType:
        raise FieldRefused(RejectReason.INCORRECT_DATA_FORMAT, tag, "is no UTCTimestamp") from None
