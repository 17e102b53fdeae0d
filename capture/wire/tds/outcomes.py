"""What became of each statement of a request, as far as its answer tells."""

from collections.abc import Iterator, Sequence

from capture.wire.tds.messages import (
    CALL,
    Answer,
    Effect,
    Request,
    TransactionEnded,
    Unanswered,
)
from capture.wire.tds.response import Done, Response
from capture.wire.tds.sql import Statement
from capture.wire.tds.sql_text import procedure_name
from capture.wire.tds.transactions import Step

SEVERITY_OF_INFORMATION_MAX = 10
ACCEPTED, UNANSWERED = "accepted", "unanswered"
NOT_COUNTED = "no row was added"
# CurCmd of a DONE, where a server fills it in.
_VERBS = {193: "select", 195: "insert", 196: "delete", 197: "update", 279: "merge"}
_COUNTED_VERBS = frozenset(_VERBS.values())
_WRITES = frozenset(("insert", "merge", "exec"))


def effects_of(item: Answer | Unanswered | TransactionEnded) -> Sequence[Effect]:
    """What is certain to have been written, or not to have been, with this item."""
    if item.effects is not None:
        return item.effects
    if isinstance(item, Answer):
        return effects(item.request, item.response, is_whole=item.is_whole) if item.request else ()
    return effects(item.request, None) if isinstance(item, Unanswered) else ()


def effects(request: Request, response: Response | None, *, is_whole: bool = True) -> list[Effect]:
    """What a request wrote; without a whole answer it is taken as sent."""
    found = acts(request, response, is_whole=is_whole)
    return [each for each in found if isinstance(each, Effect)]


def acts(
    request: Request, response: Response | None, *, is_whole: bool = True
) -> list[Effect | Step]:
    """What a request wrote, and what it did to transactions, in its order."""
    steps = request.steps()
    reason = "" if response is None else _reason(response)
    fates = _fates([each for each in steps if isinstance(each, Statement)], response)
    found: list[Effect | Step] = []
    for each in steps:
        if isinstance(each, Step):
            found.append(each)
            continue
        took_effect = next(fates)
        if each.verb not in _WRITES:
            continue
        is_known = response is not None and is_whole and took_effect is not None
        outcome = ACCEPTED if is_known else UNANSWERED
        found.append(Effect(request, each, outcome, reason if took_effect is False else ""))
    if request.is_call:
        found.append(_called(request, response, is_whole=is_whole))
    return found


def has_failed(response: Response) -> bool:
    """Whether an error is in it; messages up to severity 10 are information."""
    return any(error.severity > SEVERITY_OF_INFORMATION_MAX for error in response.errors) or any(
        done.is_error for done in response.done
    )


def _called(request: Request, response: Response | None, *, is_whole: bool) -> Effect:
    """A procedure call; values that it returns stand in place of those it was given."""
    call = request.call
    assert call is not None
    name = procedure_name(call.procedure)
    returned = iter(response.return_values if response else ())
    # They come in the order of the output parameters; their names may be the server's only.
    values = tuple(
        next(returned, ("", None))[1] if each.output else None for each in call.parameters
    )
    statement = Statement(
        CALL,
        (name,),
        tuple(parameter.name.lower() for parameter in call.parameters),
        (tuple(parameter.value for parameter in call.parameters),),
    )
    is_failed = response is not None and has_failed(response)
    outcome = ACCEPTED if response is not None and is_whole else UNANSWERED
    reason = _reason(response) if response is not None and is_failed else ""
    return Effect(request, statement, outcome, reason, values)


def _reason(response: Response) -> str:
    if not has_failed(response):
        return NOT_COUNTED
    told = "; ".join(f"{error.number} {error.message}" for error in response.errors[:3])
    return told or "failed"


def _fates(statements: Sequence[Statement], response: Response | None) -> Iterator[bool | None]:
    """For each statement, whether it took effect; None where the answer does not tell."""
    if response is None:
        return iter([True] * len(statements))
    # One DONE for each statement that counts rows; after a failing one the batch may go on.
    counted = [done for done in response.done if done.is_error or done.affected is not None]
    if len(statements) == 1 and not statements[0].is_conditional:
        return iter([_alone(counted, is_failed=has_failed(response))])
    return _matched(statements, counted, is_failed=has_failed(response))


def _alone(counted: Sequence[Done], *, is_failed: bool) -> bool:
    # Triggers add counts of their own; one alone is the statement's.
    return not is_failed and not (len(counted) == 1 and counted[0].affected == 0)


def _matched(
    statements: Sequence[Statement], counted: Sequence[Done], *, is_failed: bool
) -> Iterator[bool | None]:
    """Each DONE belongs to the next statement of its kind; those passed over were not executed."""
    place = 0
    expected = sum(each.verb in _COUNTED_VERBS for each in statements)
    are_all_counted = len(counted) == expected
    for each in statements:
        if each.verb not in _COUNTED_VERBS:
            yield not is_failed if each.verb == "exec" else True
            continue
        expected -= 1
        done = counted[place] if place < len(counted) else None
        if done is not None and _belongs(
            done, each, are_all_counted, len(counted) - place > expected
        ):
            place += 1
            yield not done.is_error and done.affected != 0
        elif each.is_conditional:
            yield False if counted or is_failed else None
        else:
            yield not is_failed


def _belongs(done: Done, statement: Statement, are_all_counted: bool, are_enough: bool) -> bool:
    verb = _VERBS.get(done.command)
    if verb is not None and not done.is_error:
        return verb == statement.verb
    return are_all_counted or are_enough or not statement.is_conditional
