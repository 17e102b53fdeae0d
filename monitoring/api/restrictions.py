"""Restrictions: listed, made by hand, released; the live orders they concern."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from rest_framework import serializers

from monitoring.actions.ask_to_cancel import NotLive, ask_to_cancel, order_line
from monitoring.actions.release_restriction import (
    AlreadyReleased,
    NotYours,
    RestrictionUnknown,
    SecondPersonNeeded,
    release_restriction,
    restriction_by_number,
)
from monitoring.actions.restrict import AnotherWish, Wish, restrict
from monitoring.api.headroom import Unanswered, cause_of
from monitoring.business_queries import standing_figures
from monitoring.domain.restrictions import SCOPES
from monitoring.market_time import market_ns
from monitoring.models import Restriction
from monitoring.restriction_queries import (
    ACTIVE,
    message_of,
    orders_concerned,
    restrictions_listed,
    told_to,
)
from riskgw.messages.restriction import EVERYBODY, Act, TradingState, restriction_line
from riskgw.reference.api_keys import counters_of
from riskgw.web.handlers import Answer, Handler
from riskgw.web.lists import ListArguments, Page, PageResult, page
from riskgw.web.problems import FieldError, Problem, not_found

_ID_SIZE_MAX, _REASON_SIZE_MAX, _VALUE_SIZE_MAX, _REFS_MAX = 60, 400, 60, 1_000
_UNKNOWN = "There is no such restriction; one by rule is stored within about a second."
NEWEST_FIRST = ("-since_ns", "-pk")
_ACTS = [str(act) for act in Act]


class RestrictionFilters(serializers.Serializer[Any]):
    """Filters; all that are given must hold. `scope` is a value of the scope."""

    state = serializers.ChoiceField(Restriction.State.choices, required=False)
    rule = serializers.CharField(required=False, max_length=30)
    scope = serializers.CharField(required=False, max_length=_VALUE_SIZE_MAX)


class RestrictionListArguments(RestrictionFilters, ListArguments):
    """The filters, and where to go on."""


class RestrictionArguments(serializers.Serializer[Any]):
    """Which restriction."""

    id = serializers.CharField(max_length=_ID_SIZE_MAX)


class ReleaseArguments(RestrictionArguments):
    """Which restriction, and why it may go."""

    reason = serializers.CharField(max_length=_REASON_SIZE_MAX)


class CancelArguments(ReleaseArguments):
    """Which restriction, why, and which of its live orders; all, if none is named."""

    order_refs = serializers.ListField(
        child=serializers.CharField(max_length=80), required=False, min_length=1,
        max_length=_REFS_MAX,
    )  # fmt: skip


class RestrictArguments(serializers.Serializer[Any]):
    """Whom, from what, why. `scope` {"all": "*"} means everybody; `mask` never has cancel
    unless it is named. The same `id` again is the same restriction.
    """

    id = serializers.RegexField(r"^[A-Za-z0-9._:-]+$", required=False, max_length=_ID_SIZE_MAX)
    scope = serializers.DictField(child=serializers.CharField(max_length=_VALUE_SIZE_MAX))
    mask = serializers.ListField(
        child=serializers.ChoiceField(_ACTS), required=False, default=["open"], min_length=1,
        max_length=len(_ACTS),
    )  # fmt: skip
    reason = serializers.CharField(max_length=_REASON_SIZE_MAX)
    release = serializers.ChoiceField(
        Restriction.Release.choices, required=False, default=Restriction.Release.TRADER
    )

    def validate_scope(self, scope: dict[str, str]) -> dict[str, str]:
        if scope == EVERYBODY:
            return {}
        if not scope or (unknown := sorted(scope.keys() - set(SCOPES))):
            names = ", ".join(unknown) if scope else "nothing"
            text = f"{names}: a scope names some of {', '.join(SCOPES)}, or all."
            raise serializers.ValidationError(text, "scope")
        return scope


class ProposalResult(serializers.Serializer[Any]):
    """Who wants to release it; another has to confirm."""

    by = serializers.CharField()
    at_ns = serializers.IntegerField()
    reason = serializers.CharField()


class RestrictionResult(serializers.Serializer[Any]):
    """A restriction. `counters` are those it is told to, null for all."""

    id = serializers.CharField()
    scope = serializers.DictField(child=serializers.CharField())
    mask = serializers.ListField(child=serializers.ChoiceField(_ACTS))
    state = serializers.ChoiceField(Restriction.State.choices)
    trading = serializers.ChoiceField([str(each) for each in TradingState])
    since = serializers.CharField()
    since_ns = serializers.IntegerField()
    alert = serializers.CharField(allow_null=True)
    rule = serializers.CharField(allow_null=True)
    level = serializers.CharField(allow_null=True)
    reason = serializers.CharField()
    release = serializers.ChoiceField(Restriction.Release.choices)
    created_by = serializers.CharField(allow_null=True)
    released_by = serializers.CharField(allow_null=True)
    released_at = serializers.CharField(allow_null=True)
    release_reason = serializers.CharField(allow_null=True)
    proposal = ProposalResult(allow_null=True)
    counters = serializers.ListField(child=serializers.CharField(), allow_null=True)


class RestrictionPage(PageResult):
    """Restrictions, newest first."""

    results = RestrictionResult(many=True)


class StepResult(serializers.Serializer[Any]):
    """One thing that happened to it."""

    at = serializers.DateTimeField()
    by = serializers.CharField(source="by.username", allow_null=True, default=None)
    verb = serializers.CharField()
    reason = serializers.CharField()
    details = serializers.JSONField()


class WholeRestrictionResult(RestrictionResult):
    """A restriction with its history."""

    steps = StepResult(many=True)


class ReleaseResult(RestrictionResult):
    """The restriction after it. `needs` second_person says that it is only proposed.

    `cause` are the figures that still stand at or above the level; null if no shard answered.
    """

    needs = serializers.ChoiceField(["second_person"], allow_null=True)
    cause = serializers.ListField(child=serializers.DictField(), allow_null=True)


class LiveOrderResult(serializers.Serializer[Any]):
    """A live order; `live` is what may still be traded."""

    order_ref = serializers.CharField()
    exchange = serializers.CharField(allow_null=True)
    origin = serializers.CharField(allow_null=True)
    account = serializers.CharField(allow_null=True)
    symbol = serializers.CharField(allow_null=True)
    side = serializers.CharField(allow_null=True)
    price = serializers.CharField(allow_null=True)
    quantity = serializers.CharField(allow_null=True)
    live = serializers.CharField(allow_null=True)
    counter = serializers.CharField(allow_null=True)
    time_ns = serializers.IntegerField()


class LiveOrderPage(PageResult):
    """Live orders, newest first, at most a thousand."""

    results = LiveOrderResult(many=True)


def restrictions_found(user: User, values: Mapping[str, Any]) -> QuerySet[Restriction]:
    """Those of a filter that a user may see."""
    filters = {name: value for name, value in values.items() if name != "scope"}
    rows = restrictions_listed().filter(told_to(counters_of(user)), **filters)
    if "scope" in values:
        rows = rows.filter(scope_text__contains=f"={values['scope']}")
    return rows


class ListRestrictions(Handler):
    """Restrictions, newest first; a counter's key sees those of its counter."""

    arguments = RestrictionListArguments
    result = RestrictionPage

    def answer(self) -> Answer:
        cursor = self.values.pop("cursor", None)
        found = page(restrictions_found(self.user, self.values), NEWEST_FIRST, cursor)
        return self.rendered(Page(found.next, [_line(row) for row in found.results]))


class ShowRestriction(Handler):
    """One restriction with everything that happened to it."""

    arguments = RestrictionArguments
    result = WholeRestrictionResult

    def answer(self) -> Answer:
        row = _found(self.values["id"], self)
        return self.rendered({**_line(row), "steps": row.steps.select_related("by")})


class Restrict(Handler):
    """Restrict by hand."""

    arguments = RestrictArguments
    result = RestrictionResult
    status = HTTPStatus.CREATED
    is_express = is_waiting = True

    def answer(self) -> Answer:
        values = self.values
        mask = tuple(act for act in Act if act in values["mask"])
        wish = Wish(values["scope"], mask, values["reason"], values["release"], values.get("id"))
        try:
            return self.rendered(_line(restrict(wish, self.user, market_ns())))
        except AnotherWish:
            detail = "This id was used for another restriction."
            raise Problem(HTTPStatus.CONFLICT, "another_body", detail) from None


class ReleaseRestriction(Handler):
    """Release, or propose it where two persons are needed or the cause persists."""

    arguments = ReleaseArguments
    result = ReleaseResult
    is_express = is_waiting = True

    def answer(self) -> Answer:
        number = self.values["id"]
        row = _found(number, self)
        cause = _cause(row) if row.state == ACTIVE else []
        try:
            released = release_restriction(number, self.user, self.values["reason"], cause)
        except (NotYours, AlreadyReleased, SecondPersonNeeded) as error:
            raise _refused(error) from None
        is_proposed = released.row.state == ACTIVE
        needs = "second_person" if is_proposed else None
        return self.rendered({**_line(released.row), "needs": needs, "cause": cause})


class ListConcernedOrders(Handler):
    """The live orders in a restriction's scope, newest first."""

    arguments = RestrictionArguments
    result = LiveOrderPage

    def answer(self) -> Answer:
        row = _found(self.values["id"], self)
        orders = orders_concerned(message_of(row))
        return self.rendered(Page(None, [order_line(each) for each in orders]))


class CancelConcernedOrders(Handler):
    """Ask the counters to cancel live orders in a restriction's scope."""

    arguments = CancelArguments
    result = LiveOrderPage

    def answer(self) -> Answer:
        values = self.values
        _found(values["id"], self)
        try:
            lines = ask_to_cancel(
                values["id"], self.user, values["reason"], values.get("order_refs")
            )
        except AlreadyReleased as error:
            raise _refused(error) from None
        except NotLive as error:
            errors = [FieldError("order_refs", "not_live", str(error))]
            detail = "Some of these are not live, or not concerned."
            raise Problem(HTTPStatus.CONFLICT, "not_live", detail, errors) from None
        return self.rendered(Page(None, lines))


_REFUSALS: Mapping[type[Exception], tuple[HTTPStatus, str, str]] = {
    NotYours: (
        HTTPStatus.FORBIDDEN, "risk_officer_needed", "Its rule keeps the release for risk officers."
    ),
    AlreadyReleased: (
        HTTPStatus.CONFLICT, "already_released", "Somebody else has been there first."
    ),
    SecondPersonNeeded: (
        HTTPStatus.CONFLICT, "second_person_needed", "Another person has to confirm the release."
    ),
}  # fmt: skip


def _refused(error: Exception) -> Problem:
    return Problem(*_REFUSALS[type(error)])


def _line(row: Restriction) -> dict[str, Any]:
    return restriction_line(message_of(row))


def _found(number: str, handler: Handler) -> Restriction:
    """One that the user may see."""
    try:
        row = restriction_by_number(number)
    except RestrictionUnknown:
        raise not_found(_UNKNOWN) from None
    counters = counters_of(handler.user)
    told = message_of(row).counters
    if counters is not None and told is not None and counters.isdisjoint(told):
        raise not_found(_UNKNOWN)
    return row


def _cause(row: Restriction) -> list[dict[str, Any]] | None:
    """What still stands at or above the level; None if no shard says so in time."""
    if not row.rule:
        return []
    if (figures := standing_figures(row.rule, row.scope)) is not None:
        return figures
    try:
        return cause_of(message_of(row))
    except Unanswered:
        return None
