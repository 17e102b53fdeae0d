"""Requests that programs send a hundred times a second, and how most of them look.

What looks so needs no serializer; that reads any other, and names all that is wrong with it.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, ValidationError, convert

from ledger.api.fields import AMOUNT_SIZE_MAX
from ledger.domain.legs import LEGS_MAX
from ledger.models.account import ID_SIZE_MAX
from ledger.models.transaction import MEMO_SIZE_MAX

# Of visible letters of ASCII.
_Id = Annotated[str, Meta(pattern=r"\A[!-.0-~]+\Z", max_length=ID_SIZE_MAX)]
_Amount = Annotated[str, Meta(pattern=r"\A[0-9.]+\Z", max_length=AMOUNT_SIZE_MAX)]
_Memo = Annotated[str, Meta(pattern=r"\A([!-~]+( [!-~]+)*)?\Z", max_length=MEMO_SIZE_MAX)]


class _Leg(Struct, forbid_unknown_fields=True):
    """Without a currency, which is the account's."""

    account: _Id
    side: Literal["debit", "credit"]
    amount: _Amount


_Legs = Annotated[list[_Leg], Meta(min_length=1, max_length=LEGS_MAX)]


class PlainId(Struct, forbid_unknown_fields=True):
    """Which transaction."""

    id: _Id


class PlainTry(PlainId, forbid_unknown_fields=True):
    """Without a value date."""

    legs: _Legs
    memo: _Memo = ""


class PlainItem(PlainTry, forbid_unknown_fields=True):
    """One of many."""

    confirm: bool = False


def is_plain(given: Mapping[str, Any], form: type[Struct]) -> bool:
    try:
        convert(given, form)
    except ValidationError:
        return False
    return True
