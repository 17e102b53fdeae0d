"""A restriction: who may not do what until it is released, and how that is said to counters."""

from enum import StrEnum
from typing import Any

import msgspec

from riskgw.kernel.times import utc_datetime


class Act(StrEnum):
    """What a request does; a mask holds those that are stopped."""

    OPEN = "open"
    CLOSE = "close"
    CANCEL = "cancel"


class TradingState(StrEnum):
    """What a mask leaves of trading. Cancels pass in each, unless their own bit is set."""

    ACTIVE = "ACTIVE"
    REDUCING = "REDUCING"
    HALTED = "HALTED"


class Change(StrEnum):
    """What a message on the topic says of a restriction."""

    RESTRICTED = "restricted"
    PROPOSED = "proposed"
    RELEASED = "released"
    CANCEL_REQUEST = "cancel_request"


class Restriction(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """`scope` names whom it concerns: all parts must fit; an empty one concerns everybody.

    `counters` are those that serve someone in the scope, None for all. `release` says who may
    end it: auto_day, trader, risk_officer or four_eyes.
    """

    id: str
    scope: dict[str, str]
    mask: tuple[Act, ...]
    since_ns: int
    reason: str
    rule: str = ""
    level: str = ""
    alert: str = ""
    release: str = "trader"
    created_by: str = ""
    counters: tuple[str, ...] | None = None
    is_released: bool = False
    released_by: str = ""
    released_ns: int = 0
    release_reason: str = ""
    proposed_by: str = ""
    proposed_ns: int = 0
    proposal_reason: str = ""

    @property
    def scope_text(self) -> str:
        """The scope as one line: account=A1 contract=SSE:600519."""
        return " ".join(f"{name}={value}" for name, value in sorted(self.scope.items()))


EVERYBODY = {"all": "*"}


def trading_state(mask: tuple[Act, ...]) -> TradingState:
    """What a mask leaves: HALTED where neither opening nor closing passes."""
    if Act.OPEN not in mask:
        return TradingState.ACTIVE
    return TradingState.HALTED if Act.CLOSE in mask else TradingState.REDUCING


def restriction_line(restriction: Restriction) -> dict[str, Any]:
    """The JSON shape of REST, socket and webhook."""
    proposal = {
        "by": restriction.proposed_by,
        "at_ns": restriction.proposed_ns,
        "reason": restriction.proposal_reason,
    }
    return {
        "id": restriction.id,
        "scope": restriction.scope or EVERYBODY,
        "mask": [str(act) for act in Act if act in restriction.mask],
        "state": "released" if restriction.is_released else "active",
        "trading": str(trading_state(restriction.mask)),
        "since": _iso(restriction.since_ns),
        "since_ns": restriction.since_ns,
        "alert": restriction.alert or None,
        "rule": restriction.rule or None,
        "level": restriction.level or None,
        "reason": restriction.reason,
        "release": restriction.release,
        "created_by": restriction.created_by or None,
        "released_by": restriction.released_by or None,
        "released_at": _iso(restriction.released_ns) if restriction.released_ns else None,
        "release_reason": restriction.release_reason or None,
        "proposal": proposal if restriction.proposed_by and not restriction.is_released else None,
        "counters": None if restriction.counters is None else list(restriction.counters),
    }


def _iso(at_ns: int) -> str:
    return utc_datetime(at_ns).isoformat().replace("+00:00", "Z")


def restriction_from_line(line: dict[str, Any]) -> Restriction:
    """What a message on the topic says, as far as verdicts need it."""
    return Restriction(
        id=line["id"],
        scope={} if line["scope"] == EVERYBODY else line["scope"],
        mask=tuple(Act(each) for each in line["mask"]),
        since_ns=line["since_ns"],
        reason=line["reason"],
        rule=line["rule"] or "",
        release=line["release"],
        is_released=line["state"] != "active",
    )
