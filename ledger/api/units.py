"""Requests of business units: what is outside a unit's rights is refused before anything is done.

People, and programs that are no unit, are limited by their roles alone.
"""

from collections.abc import Sequence
from http import HTTPStatus

from django.contrib.auth.models import User

from ledger.actions.known_accounts import kinds
from ledger.domain.acceptance import Wanted
from ledger.domain.rights import Ask, Outside, Rights, outside
from ledger.models import BusinessUnit, LedgerTransaction
from riskgw.web.problems import FieldError, Problem

_DETAILS = {
    "account_outside_rights": "{account} is not one of the unit's accounts.",
    "direction_outside_rights": "The unit may not move {account} this way.",
}


def rights_of(user: User) -> Rights | None:
    """None for who is no unit. Kept with the user, who is asked for again each second at least."""
    known: dict[str, Rights | None] = user.__dict__.setdefault("_ledger_rights", {})
    if "it" not in known:
        unit = BusinessUnit.objects.select_related("user").filter(user=user).first()
        known["it"] = unit.rights if unit else None
    return known["it"]


def demand(user: User, ask: Ask) -> Rights | None:
    """The unit's rights, of which this is one."""
    rights = rights_of(user)
    if rights is not None and ask not in rights.asks:
        raise _forbidden("ask_outside_rights", f"The unit may not {ask.value}.", [])
    return rights


def demand_tries(user: User, wanted: Sequence[Wanted], *, is_confirming: bool) -> None:
    """All legs of all, or none of them is done."""
    rights = demand(user, Ask.TRY)
    if rights is None:
        return
    if is_confirming:
        demand(user, Ask.CONFIRM)
    known = kinds(leg.account for each in wanted for leg in each.legs)
    directions = {name: kind.direction for name, kind in known.items()}
    faults = {each.id: list(outside(rights, each.legs, directions)) for each in wanted}
    if any(faults.values()):
        errors = [_error(name, fault) for name, found in faults.items() for fault in found]
        raise _forbidden("outside_rights", "Not all of it is within the unit's rights.", errors)


def demand_own(user: User, ask: Ask, identifier: str) -> None:
    """A unit decides, undoes and reads what it tried itself, and what nobody tried."""
    rights = demand(user, ask)
    if rights is None:
        return
    found = LedgerTransaction.objects.filter(pk=identifier).values_list("tried_by", "decided_by")
    for tried_by, decided_by in found:
        if (tried_by or decided_by) != rights.name:
            raise _forbidden("not_its_own", "It is another's transaction.", [])


def demand_account(user: User, identifier: str) -> None:
    rights = demand(user, Ask.READ)
    if rights is not None and identifier not in rights.accounts:
        fault = Outside(0, "account_outside_rights", identifier)
        raise _forbidden(fault.code, _DETAILS[fault.code].format(account=identifier), [])


def _error(identifier: str, fault: Outside) -> FieldError:
    detail = _DETAILS[fault.code].format(account=fault.account)
    return FieldError(f"{identifier}.legs.{fault.place}.account", fault.code, detail)


def _forbidden(code: str, detail: str, errors: Sequence[FieldError]) -> Problem:
    return Problem(HTTPStatus.FORBIDDEN, code, detail, errors)
