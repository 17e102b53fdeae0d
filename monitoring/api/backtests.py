"""Back-tests: asked for, looked at, cancelled; their alerts as a list and as a file."""

from collections.abc import Mapping
from http import HTTPStatus
from operator import attrgetter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from rest_framework import serializers

from monitoring.actions.cancel_backtest import BacktestOver, BacktestUnknown, cancel_backtest
from monitoring.actions.request_backtest import (
    Question,
    TooManyDays,
    TooManyWaiting,
    request_backtest,
)
from monitoring.api.exports import READINGS, clock_text, with_readings
from monitoring.api.rules_results import (
    BacktestAlertPage,
    BacktestPage,
    BacktestResult,
    DayResult,
)
from monitoring.archive import NothingKept, kept_days
from monitoring.backtest_queries import backtest_line, backtests_listed
from monitoring.models import Backtest, BacktestAlert
from monitoring.models.choices import LevelChoice
from monitoring.rule_refs import RulesUnavailable
from riskgw.web.exports import Column, Export, ExportArguments
from riskgw.web.handlers import Answer, Call, Handler
from riskgw.web.lists import ListArguments, Page, page
from riskgw.web.problems import FieldError, Problem, not_found

_REF_SIZE_MAX = 80
_UNKNOWN = "There is no such back-test."


class AskArguments(serializers.Serializer[Any]):
    """Days that are kept, and rules: `live`, `at:<ISO time>`, `version:<rule>/<number>` or
    `draft:<rule>`. Where one side names one rule, the other is narrowed to it."""

    first_day = serializers.DateField()
    last_day = serializers.DateField(required=False)
    rules = serializers.CharField(max_length=_REF_SIZE_MAX)
    against = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=_REF_SIZE_MAX
    )


class BacktestArguments(serializers.Serializer[Any]):
    """Which back-test."""

    id = serializers.IntegerField()


class BacktestListArguments(ListArguments):
    """Filters; all that are given must hold."""

    state = serializers.ChoiceField(Backtest.State.choices, required=False)


class AlertFilters(BacktestArguments):
    """Of which back-test; filters, all that are given must hold."""

    change = serializers.ChoiceField(BacktestAlert.Change.choices, required=False)
    rule = serializers.CharField(required=False, max_length=30)
    level = serializers.ChoiceField(LevelChoice.choices, required=False)


class BacktestAlertArguments(AlertFilters, ListArguments):
    """Filters, and from where in the list."""


class BacktestExportArguments(ExportArguments, AlertFilters):
    """The filters of the list, and the kind of file."""


class ListDays(Handler):
    """Trading days of which there are captures, the newest first."""

    result = DayResult
    is_list = True

    def answer(self) -> Answer:
        return self.rendered([{"day": day} for day in kept_days(_archive())])


class ListBacktests(Handler):
    """Back-tests, the newest first."""

    arguments = BacktestListArguments
    result = BacktestPage

    def answer(self) -> Answer:
        cursor = self.values.pop("cursor", None)
        found = page(backtests_listed().filter(**self.values), ("-pk",), cursor)
        return self.rendered(Page(found.next, [backtest_line(row) for row in found.results]))


class AskBacktest(Handler):
    """Ask for a back-test. It waits its turn: one runs at a time."""

    arguments = AskArguments
    result = BacktestResult
    status = HTTPStatus.CREATED

    def answer(self) -> Answer:
        values = {"last_day": self.values["first_day"], **self.values}
        try:
            row = request_backtest(Question(**values), self.user, _archive())
        except TooManyDays as error:
            raise _invalid("last_day", str(error)) from None
        except NothingKept:
            raise _invalid("first_day", "No capture of these days is kept.") from None
        except RulesUnavailable as error:
            raise _invalid("rules", str(error)) from None
        except TooManyWaiting as error:
            detail = f"{error}: try again when some are over, or cancel one."
            raise Problem(HTTPStatus.TOO_MANY_REQUESTS, "queue_full", detail) from None
        return self.rendered(backtest_line(row))


class ShowBacktest(Handler):
    """One back-test with its result, if it has come to one."""

    arguments = BacktestArguments
    result = BacktestResult

    def answer(self) -> Answer:
        return self.rendered(backtest_line(_found(self.values["id"])))


class CancelBacktest(Handler):
    """Cancel a back-test that waits or runs."""

    arguments = BacktestArguments
    result = BacktestResult

    def answer(self) -> Answer:
        try:
            return self.rendered(backtest_line(cancel_backtest(self.values["id"])))
        except BacktestUnknown:
            raise not_found(_UNKNOWN) from None
        except BacktestOver:
            detail = "This back-test has ended already."
            raise Problem(HTTPStatus.CONFLICT, "backtest_over", detail) from None


class ListBacktestAlerts(Handler):
    """What a back-test found, by time."""

    arguments = BacktestAlertArguments
    result = BacktestAlertPage

    def answer(self) -> Answer:
        cursor = self.values.pop("cursor", None)
        found = page(_alerts(self.values), ("number",), cursor)
        return self.rendered(Page(found.next, [_alert_line(row) for row in found.results]))


class ExportBacktestAlerts(Export):
    """What a back-test found as a file, by time."""

    arguments = BacktestExportArguments
    name = "backtest"
    columns: tuple[Column, ...] = (
        Column("time (UTC+8)", lambda row: clock_text(row.time_ns)),
        Column("change", attrgetter("change")),
        Column("rule", attrgetter("rule")),
        Column("level", attrgetter("level")),
        Column("level_before", attrgetter("level_before")),
        Column("key", lambda row: " ".join(f"{name}={key}" for name, key in row.key.items())),
        READINGS,
        Column("order_count", attrgetter("order_count")),
    )

    def __init__(self, call: Call) -> None:
        super().__init__(call)
        self.columns = with_readings(type(self).columns)

    def rows(self) -> QuerySet[BacktestAlert]:
        return _alerts(self.values).order_by("number")


def _archive() -> Path:
    found: Path = settings.RISKGW_ARCHIVE
    return found


def _found(number: int) -> Backtest:
    row = backtests_listed().filter(pk=number).first()
    if row is None:
        raise not_found(_UNKNOWN)
    return row


def _alerts(values: Mapping[str, Any]) -> QuerySet[BacktestAlert]:
    filters = {name: value for name, value in values.items() if name != "id"}
    return _found(values["id"]).alerts.filter(**filters)


def _alert_line(row: BacktestAlert) -> dict[str, Any]:
    return {
        "number": row.number,
        "change": row.change or None,
        "rule": row.rule,
        "level": row.level,
        "level_before": row.level_before or None,
        "key": row.key,
        "time_ns": row.time_ns,
        "values": row.values,
        "order_count": row.order_count,
    }


def _invalid(field: str, detail: str) -> Problem:
    errors = [FieldError(field, "refused", detail)]
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "backtest_refused", detail, errors)
