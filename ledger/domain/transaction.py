"""The life of a transaction as a table: try, confirm, cancel, post, in any order they arrive."""

from enum import StrEnum


class State(StrEnum):
    """Where a transaction stands; one that nobody has heard of is unknown."""

    UNKNOWN = "unknown"
    TRIED = "tried"
    REJECTED = "rejected"
    CONFIRMED = "confirmed"
    POSTED = "posted"
    CANCELLED = "cancelled"


class Step(StrEnum):
    """What happens to it."""

    ADMIT = "admit"
    REJECT = "reject"
    CONFIRM = "confirm"
    CANCEL = "cancel"
    POST = "post"


TRANSITIONS = {
    (State.UNKNOWN, Step.ADMIT): State.TRIED,
    (State.UNKNOWN, Step.REJECT): State.REJECTED,
    # A cancel that overtakes its try leaves a tombstone: the late try finds it.
    (State.UNKNOWN, Step.CANCEL): State.CANCELLED,
    (State.TRIED, Step.CONFIRM): State.CONFIRMED,
    (State.TRIED, Step.CANCEL): State.CANCELLED,
    (State.CONFIRMED, Step.POST): State.POSTED,
    # Repeats answer the same.
    (State.CONFIRMED, Step.CONFIRM): State.CONFIRMED,
    (State.POSTED, Step.CONFIRM): State.POSTED,
    (State.CANCELLED, Step.CANCEL): State.CANCELLED,
    (State.REJECTED, Step.CANCEL): State.REJECTED,
}
# What a try is told when it comes again.
VERDICTS = {
    State.TRIED: State.TRIED,
    State.CONFIRMED: State.TRIED,
    State.POSTED: State.TRIED,
    State.REJECTED: State.REJECTED,
    State.CANCELLED: State.CANCELLED,
}


class IllegalStep(ValueError):
    """The transaction has gone another way."""


class UnknownTransaction(LookupError):
    """Nobody has tried or cancelled it."""


def after(state: State, step: Step) -> State:
    try:
        return TRANSITIONS[state, step]
    except KeyError:
        if state is State.UNKNOWN:
            raise UnknownTransaction(step.value) from None
        raise IllegalStep(f"{step.value} while {state.value}") from None
