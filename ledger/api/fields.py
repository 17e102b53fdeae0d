"""Arguments that several requests of the ledger share."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from ledger.models.account import ID_SIZE_MAX

REASON_SIZE_MAX = 500
AMOUNT_SIZE_MAX = 30


@extend_schema_field({"type": "string", "example": "100.00"})
class AmountField(serializers.CharField):
    """Decimal text; a JSON number would pass through binary floating point on its way."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=AMOUNT_SIZE_MAX, **options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class IdField(serializers.RegexField):
    """An id of an account or a transaction, chosen by the caller."""

    def __init__(self, **options: Any) -> None:
        super().__init__(r"\A[^\s/\x00-\x1f\x7f]+\Z", max_length=ID_SIZE_MAX, **options)


class IdArguments(serializers.Serializer[Any]):
    """Which one."""

    id = IdField()
