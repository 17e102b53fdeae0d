"""Fields of arguments and results that serializers do not bring along."""

from datetime import UTC, datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from riskgw.kernel.decimals import PRICE_DIGITS, QUANTITY_DIGITS, plain
from riskgw.kernel.times import instant_ns

_NS_DIGITS_MAX = 19
# What nanoseconds since 1970 in 64 bits can say.
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime(2262, 1, 1, tzinfo=UTC)


class MomentField(serializers.DateTimeField):
    """A time that there is in every time zone and in every database."""

    def to_internal_value(self, value: Any) -> Any:
        try:
            found = super().to_internal_value(value)
        except OverflowError:
            self.fail("overflow")
        if not _FIRST <= found <= _LAST:
            self.fail("overflow")
        return found


@extend_schema_field({"type": "string", "description": "ISO 8601, or nanoseconds since 1970"})
class InstantField(MomentField):
    """An instant given as ISO 8601 or in nanoseconds; nanoseconds inside."""

    def to_internal_value(self, value: Any) -> Any:
        text = str(value)
        if text.isascii() and text.isdigit() and len(text) <= _NS_DIGITS_MAX:
            return int(text)
        return instant_ns(super().to_internal_value(value))


class KnownField(serializers.CharField):
    """Text; what is unknown is kept as empty text and said as null."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_null=True, **options)

    def to_representation(self, value: Any) -> Any:
        return str(value) if value else None


class _ScaledField(serializers.CharField):
    digits = 0

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_null=True, **options)

    def to_representation(self, value: Any) -> str:
        return plain(value, self.digits)


class PriceField(_ScaledField):
    """A price of 10**-5 CNY as decimal text."""

    digits = PRICE_DIGITS


class QuantityField(_ScaledField):
    """A quantity of 10**-3 units as decimal text."""

    digits = QUANTITY_DIGITS
