"""What a counter asks before an order leaves: allow, deny or throttle, with every reason.

Whatever is not known is denied (CIRO: fail closed): accounts, contracts, prices to compare with,
numbers that are none. Cancels always pass, unless a restriction stops cancels.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from monitoring.domain.restrictions import Requested, acts_of, stopping
from riskgw.cep.filters import ORDERINGS
from riskgw.cep.observation import Observation
from riskgw.cep.spec import Action, Cmp
from riskgw.kernel.decimals import PRICE_DIGITS, QUANTITY_DIGITS, DecimalTextError, scaled
from riskgw.kernel.words import EventKind, Level, Offset, OrderType, Side, TimeInForce
from riskgw.messages.alert import Alert, Reading
from riskgw.messages.event import Event
from riskgw.messages.restriction import Restriction

FAIL_CLOSED, KILL_SWITCH = "T14", "T12"
_TEXT_SIZE_MAX = 80
# No exchange takes more; a larger number would not fit 64 bits once it is multiplied.
_NUMBER_MAX = 10**15


class Verdict(StrEnum):
    """Rising."""

    ALLOW = "allow"
    THROTTLE = "throttle"
    DENY = "deny"


_RANKS = tuple(Verdict)


class Reason(msgspec.Struct, frozen=True):
    """Which rule says what; `verdict` is what it would have alone."""

    rule: str
    code: str
    message: str
    value: int | str | None = None
    limit: int | str | None = None
    verdict: Verdict = Verdict.DENY


class Checked(NamedTuple):
    """The verdict on one order, and how new the state it was judged by is."""

    order_ref: str
    verdict: Verdict
    reasons: list[Reason]
    as_of_ns: int


class Refused(ValueError):
    """The request is no order; holds every reason."""

    def __init__(self, reasons: list[Reason]) -> None:
        super().__init__(", ".join(reason.code for reason in reasons))
        self.reasons = reasons


def fault(code: str, message: str, value: str | None = None) -> Reason:
    """Fail closed."""
    return Reason(FAIL_CLOSED, code, message, value)


_KINDS: dict[str, type[StrEnum]] = {
    "side": Side, "offset": Offset, "order_type": OrderType, "tif": TimeInForce,
}  # fmt: skip
_WORDS = {name: {str(word): word for word in kind} for name, kind in _KINDS.items()}
_NEEDED = ("exchange", "account", "symbol", "side", "quantity")
_SCALES = {"price": PRICE_DIGITS, "quantity": QUANTITY_DIGITS}
# The names a request may use; `cancel_of` makes it a cancel.
KNOWN = frozenset(("order_ref", "cancel_of", "exchange", "account", "symbol", *_WORDS, *_SCALES))
_NOT_FINITE = ("nan", "inf", "infinity")


def request_of(given: Mapping[str, Any], at_ns: int) -> Event:
    """The order as an event of now; Refused with every reason against it."""
    reasons = [
        fault("unknown_field", f"{name[:_TEXT_SIZE_MAX]} is not known")
        for name in given.keys() - KNOWN
    ]
    is_cancel = bool(given.get("cancel_of"))
    texts = {name: _text(given.get(name)) for name in ("exchange", "account", "symbol")}
    words = {name: _word(name, given.get(name), reasons) for name in _WORDS}
    numbers = {name: _number(name, given.get(name), reasons) for name in _SCALES}
    values: dict[str, Any] = {**texts, **words, **numbers}
    if not is_cancel:
        missing = [name for name in _NEEDED if given.get(name) in (None, "")]
        is_limit = words["order_type"] in (None, OrderType.LIMIT)
        if is_limit and given.get("price") in (None, ""):
            missing.append("price")
        reasons += [fault("missing_value", f"{name} is missing") for name in missing]
    if reasons:
        raise Refused(reasons)
    ref = _text(given.get("order_ref")) or "?"
    return Event(
        event=EventKind.CANCEL if is_cancel else EventKind.ORDER,
        origin="check",
        order_ref=ref,
        cancel_of=_text(given.get("cancel_of")),
        at_ns=at_ns,
        time_ns=at_ns,
        time_source="message",
        conn="check",
        dir="up",
        message=0,
        source_seq=0,
        fields={},
        **values,
    )


def _text(value: object) -> str | None:
    return str(value)[:_TEXT_SIZE_MAX] if value not in (None, "") else None


def _word(name: str, value: object, reasons: list[Reason]) -> StrEnum | None:
    if value in (None, ""):
        return None
    word = _WORDS[name].get(str(value))
    if word is None:
        shown = str(value)[:_TEXT_SIZE_MAX]
        reasons.append(fault("unknown_word", f"{name}: {shown} is not known", shown))
    return word


def _number(name: str, value: object, reasons: list[Reason]) -> int | None:
    """Scaled; above zero and finite, or there is a reason."""
    if value in (None, ""):
        return None
    text = str(value)
    try:
        number = scaled(text, _SCALES[name])
    except DecimalTextError:
        number = None
    if number is not None and 0 < number <= _NUMBER_MAX:
        return number
    shown = text[:_TEXT_SIZE_MAX]
    if number is not None:
        reason = fault("out_of_range", f"{name}: {shown} is not above zero, or huge", shown)
    elif text.strip().lower().lstrip("+-") in _NOT_FINITE:
        reason = fault("non_finite", f"{name}: {shown} is not finite", shown)
    else:
        reason = fault("not_a_number", f"{name}: {shown} is no decimal number", shown)
    reasons.append(reason)
    return None


def requested(observation: Observation) -> Requested:
    """What restrictions are compared with."""
    return Requested(*(getattr(observation, name) for name in Requested._fields))


def restriction_reasons(
    observation: Observation, restrictions: Sequence[Restriction]
) -> list[Reason]:
    """Why an order may not pass at all."""
    if not restrictions:
        return []
    acts = acts_of(observation.event, observation.side, observation.offset)
    return [
        Reason(
            each.rule or KILL_SWITCH,
            "restricted",
            f"restricted: {each.reason} ({each.id})",
            ",".join(sorted(acts)),
            ",".join(each.mask),
        )
        for each in stopping(restrictions, requested(observation), acts)
    ]


_VERDICTS = {
    Action.WARN: Verdict.ALLOW,
    Action.REPORT: Verdict.ALLOW,
    Action.THROTTLE: Verdict.THROTTLE,
}


def rule_reason(alert: Alert, name: str) -> Reason:
    """What a rule of the check says; one without an action denies from its second level on."""
    if alert.shadow:
        verdict = Verdict.ALLOW
    elif alert.action:
        verdict = _VERDICTS.get(Action(alert.action), Verdict.DENY)
    else:
        verdict = Verdict.ALLOW if alert.level is Level.WARN else Verdict.DENY
    holding = (each for each in reversed(alert.values) if _holds(each))
    reading = next(holding, alert.values[-1] if alert.values else None)
    code = reading.indicator if reading else str(alert.level)
    said = f"{reading.value} {reading.cmp} {reading.threshold}" if reading else str(alert.level)
    return Reason(
        alert.rule,
        code,
        f"{name or alert.rule}: {said}",
        reading.value if reading else None,
        reading.threshold if reading else None,
        verdict,
    )


def _holds(reading: Reading) -> bool:
    """Of conditions that stand beside each other, one may hold and another not."""
    if reading.value is None:
        return False
    compare = ORDERINGS[Cmp(reading.cmp)]
    return compare(Decimal(reading.value), Decimal(reading.threshold))


def worst(reasons: Iterable[Reason]) -> Verdict:
    """What all reasons come to."""
    return max((reason.verdict for reason in reasons), key=_RANKS.index, default=Verdict.ALLOW)
