"""Open, freeze, thaw and close accounts; each with its reason and who it was."""

from dataclasses import dataclass

from django.db import connection
from django.utils import timezone

from ledger.actions.durable import durable_write, shut_gate
from ledger.domain.account import Gesture, Usability, usability_after
from ledger.domain.direction import Direction
from ledger.domain.statement import ORIGIN
from ledger.models import AccountChange, LedgerAccount
from ledger.queries import has_outstanding, opening_overdraft
from ledger.telling import note_changed
from riskgw.rows import insert_new


class AccountUnknown(LookupError):
    """There is no such account."""


class ParentUnknown(LookupError):
    """There is no such parent."""


class AccountDiffers(ValueError):
    """The id belongs to an account of another description."""


class NotEmpty(ValueError):
    """Something stands on the account or is still to come."""


@dataclass(frozen=True)
class Description:
    """What an account is; none of it changes later, but the overdraft by permits."""

    id: str
    name: str
    currency: str
    direction: Direction
    overdraft: int = 0
    parent: str | None = None


_ACCOUNT = (
    "id", "name", "currency", "direction", "overdraft", "parent", "usability", "posted",
    "reserved", "seq", "seal", "opened_at",
)  # fmt: skip


def open_account(wanted: Description, by: str) -> LedgerAccount:
    """The account, also when it is there already as described."""
    if wanted.parent and not LedgerAccount.objects.filter(pk=wanted.parent).exists():
        raise ParentUnknown(wanted.parent)
    row = (
        wanted.id, wanted.name, wanted.currency, wanted.direction.value, wanted.overdraft,
        wanted.parent, Usability.OPEN.value, 0, 0, 0, ORIGIN, timezone.now(),
    )  # fmt: skip
    with durable_write():
        if insert_new(LedgerAccount, _ACCOUNT, [row]):
            _note(wanted.id, "open", Usability.OPEN, ("", by))
    account = LedgerAccount.objects.get(pk=wanted.id)
    if _description(account) != wanted:
        raise AccountDiffers(wanted.id)
    return account


def change_account(identifier: str, gesture: Gesture, reason: str, by: str) -> LedgerAccount:
    """Only new tries are concerned; what was admitted goes its way.

    To close waits for tries under way, then looks whether anything is left.
    """
    with durable_write():
        if gesture is Gesture.CLOSE:
            shut_gate()
        # Not FOR UPDATE, which would also stop whoever refers to the row.
        no_key = connection.features.has_select_for_no_key_update
        rows = LedgerAccount.objects.select_for_update(no_key=no_key)
        account = rows.filter(pk=identifier).first()
        if account is None:
            raise AccountUnknown(identifier)
        usability = usability_after(Usability(account.usability), gesture)
        if gesture is Gesture.CLOSE and _is_used(account):
            raise NotEmpty(identifier)
        if usability.value != account.usability:
            account.usability = usability.value
            account.save(update_fields=["usability"])
            _note(identifier, gesture.value, usability, (reason, by))
    return account


def _is_used(account: LedgerAccount) -> bool:
    return bool(account.posted or account.reserved) or has_outstanding(account.pk)


def _note(identifier: str, what: str, usability: Usability, said: tuple[str, str]) -> None:
    reason, by = said
    note_changed(identifier)
    AccountChange.objects.create(
        account_id=identifier, what=what, usability=usability.value, reason=reason, by=by
    )


def _description(account: LedgerAccount) -> Description:
    return Description(
        account.pk,
        account.name,
        account.currency,
        Direction(account.direction),
        opening_overdraft(account),
        account.parent_id,
    )
