"""The check before an order leaves: what counters ask, a hundred times a second."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from monitoring.domain.order_check import Checked, Verdict
from monitoring.replica import replica
from riskgw.kernel.words import Offset, OrderType, Side, TimeInForce
from riskgw.reference.api_keys import counters_of
from riskgw.web.handlers import Answer, Handler
from riskgw.web.problems import FieldError, Problem

ORDERS_MAX = 1_000
_TEXT_SIZE_MAX = 80


class CheckedOrder(serializers.Serializer[Any]):
    """An order as it would leave. Numbers are decimal text; `cancel_of` makes it a cancel."""

    order_ref = serializers.CharField(required=False, max_length=_TEXT_SIZE_MAX)
    cancel_of = serializers.CharField(required=False, max_length=_TEXT_SIZE_MAX)
    exchange = serializers.CharField(max_length=12)
    account = serializers.CharField(max_length=40)
    symbol = serializers.CharField(max_length=40)
    side = serializers.ChoiceField([str(each) for each in Side])
    offset = serializers.ChoiceField([str(each) for each in Offset], required=False)
    order_type = serializers.ChoiceField([str(each) for each in OrderType], required=False)
    tif = serializers.ChoiceField([str(each) for each in TimeInForce], required=False)
    price = serializers.CharField(required=False, help_text="needed unless order_type says market")
    quantity = serializers.CharField()


@extend_schema_field(CheckedOrder(many=True))
class OrdersField(serializers.Field[Any, Any, Any, Any]):
    """Orders as they were sent: whatever is wrong with one is a reason to deny that one."""

    default_error_messages = {
        "list": "A list of orders.", "many": f"At most {ORDERS_MAX} orders.",
    }  # fmt: skip

    def to_internal_value(self, data: Any) -> list[dict[str, Any]]:
        if not isinstance(data, list) or not all(isinstance(each, dict) for each in data):
            self.fail("list")
        if len(data) > ORDERS_MAX:
            self.fail("many")
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class _Any(serializers.Field[Any, Any, Any, Any]):
    """Whatever came; the check says what it makes of it."""

    def to_internal_value(self, data: Any) -> Any:
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class CheckArguments(serializers.Serializer[Any]):
    """One order, or up to a thousand under `orders`, each checked by itself."""

    orders = OrdersField(required=False)

    def get_fields(self) -> dict[str, Any]:
        """One order's fields may hold anything here: it is denied, not refused."""
        return super().get_fields() | {
            name: extend_schema_field(_schema_of(field))(type(name, (_Any,), {}))(
                required=False, allow_null=True
            )
            for name, field in CheckedOrder().get_fields().items()
        }


def _schema_of(field: serializers.Field[Any, Any, Any, Any]) -> dict[str, Any]:
    if isinstance(field, serializers.ChoiceField):
        return {"type": "string", "enum": list(field.choices)}
    return {"type": "string"}


_NAMES = frozenset(CheckArguments().fields)


class ReasonResult(serializers.Serializer[Any]):
    """Why: a rule's figure beside its limit; `verdict` is what it would have alone."""

    rule = serializers.CharField()
    code = serializers.CharField()
    value = serializers.JSONField(allow_null=True)
    limit = serializers.JSONField(allow_null=True)
    message = serializers.CharField()
    verdict = serializers.ChoiceField([str(each) for each in Verdict])


class VerdictResult(serializers.Serializer[Any]):
    """The verdict on one order; `as_of_ns` is how new the state behind it is."""

    order_ref = serializers.CharField(allow_null=True)
    verdict = serializers.ChoiceField([str(each) for each in Verdict])
    reasons = ReasonResult(many=True)
    as_of_ns = serializers.IntegerField()


class CheckResult(VerdictResult):
    """The verdict; of several orders the worst one, and each under `results`."""

    results = VerdictResult(many=True, required=False)


class CheckOrders(Handler):
    """Whether an order may leave: rules T01 to T14 and restrictions, against live state."""

    arguments = CheckArguments
    result = CheckResult
    is_express = True

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        """What is in order needs no serializer; that names all that is wrong with any other."""
        orders = given.get("orders", [])
        is_list = isinstance(orders, list) and len(orders) <= ORDERS_MAX
        if is_list and _NAMES.issuperset(given) and all(isinstance(each, dict) for each in orders):
            return dict(given)
        return super().read(given)

    @classmethod
    def is_brief(cls, given: Mapping[str, Any]) -> bool:
        return "orders" not in given and not replica().is_busy

    def answer(self) -> Answer:
        orders = self.values.pop("orders", None)
        if orders is not None and self.values:
            errors = [FieldError("orders", "invalid", "Either orders or one order.")]
            raise Problem(
                HTTPStatus.BAD_REQUEST, "invalid", "Some arguments are not valid.", errors
            )
        wanted: list[dict[str, Any]] = [dict(self.values)] if orders is None else orders
        checked = [_line(each) for each in replica().check(wanted, counters_of(self.user))]
        return Answer(checked[0] if orders is None else _together(checked))


def _together(checked: list[dict[str, Any]]) -> dict[str, Any]:
    ranks = [str(each) for each in Verdict]
    verdict = max((each["verdict"] for each in checked), key=ranks.index, default=ranks[0])
    as_of_ns = min((each["as_of_ns"] for each in checked), default=replica().as_of_ns)
    together: Mapping[str, Any] = {
        "order_ref": None, "verdict": verdict, "reasons": [], "as_of_ns": as_of_ns,
        "results": checked,
    }  # fmt: skip
    return dict(together)


def _line(checked: Checked) -> dict[str, Any]:
    return {
        "order_ref": checked.order_ref or None,
        "verdict": str(checked.verdict),
        "reasons": [
            {
                "rule": each.rule, "code": each.code, "value": each.value, "limit": each.limit,
                "message": each.message, "verdict": str(each.verdict),
            }
            for each in checked.reasons
        ],
        "as_of_ns": checked.as_of_ns,
    }  # fmt: skip
