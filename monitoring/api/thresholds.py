"""Thresholds: listed, and given another number."""

from http import HTTPStatus
from typing import Any

from rest_framework import serializers

from monitoring.actions.publish_rules import RuleFaulty
from monitoring.actions.set_threshold import ThresholdUnknown, set_threshold
from monitoring.api.results import IndicatorPage, ThresholdPage, ThresholdResult
from monitoring.models import Indicator
from monitoring.rule_queries import threshold_rows
from riskgw.web.handlers import Answer, Handler
from riskgw.web.lists import Page
from riskgw.web.problems import FieldError, Problem, not_found


class SetThresholdArguments(serializers.Serializer[Any]):
    """Which threshold, its new number, and why."""

    id = serializers.IntegerField()
    value = serializers.DecimalField(max_digits=24, decimal_places=8)
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)


class ListThresholds(Handler):
    """All thresholds of rules that are not switched off."""

    result = ThresholdPage

    def answer(self) -> Answer:
        return self.rendered(Page(None, threshold_rows()))


class ListIndicators(Handler):
    """What all indicators are called."""

    result = IndicatorPage

    def answer(self) -> Answer:
        return self.rendered(Page(None, list(Indicator.objects.order_by("code"))))


class SetThreshold(Handler):
    """Another number for a threshold; a live rule gets a new version."""

    arguments = SetThresholdArguments
    result = ThresholdResult

    def answer(self) -> Answer:
        values = self.values
        try:
            row = set_threshold(values["id"], values["value"], self.user, values["note"])
        except ThresholdUnknown:
            raise not_found("There is no such threshold.") from None
        except RuleFaulty as fault:
            errors = [FieldError("value", "refused", str(fault))]
            status = HTTPStatus.UNPROCESSABLE_ENTITY
            raise Problem(status, "rule_faulty", str(fault), errors) from None
        return self.rendered(row)
