"""Changes of rules: proposed, decided by a second person, and the mode they are in."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Any, TypeVar

from rest_framework import serializers

from monitoring.actions.approve_version import AlreadyDecided, OwnVersion, approve_version
from monitoring.actions.propose_version import NothingProposed, Proposal, propose_version
from monitoring.actions.publish_rules import RuleFaulty
from monitoring.actions.reject_version import reject_version
from monitoring.actions.set_threshold import ThresholdUnknown
from monitoring.actions.switch_mode import IllegalMode, switch_mode
from monitoring.api.rules import RuleArguments, rule_named, version_line, whole_rule
from monitoring.api.rules_results import VersionResult, WholeRuleResult
from monitoring.models import RuleVersion
from monitoring.models.choices import ModeChoice
from riskgw.web.fields import MomentField
from riskgw.web.handlers import Answer, Handler
from riskgw.web.problems import FieldError, Problem, not_found

REASON_SIZE_MAX = 200
_THRESHOLDS_MAX = 500
# A rule is a draft until it is judged for the first time, and never again.
_MODES = [choice for choice in ModeChoice.choices if choice[0] != ModeChoice.DRAFT]
_Done = TypeVar("_Done")


class NumberArguments(serializers.Serializer[Any]):
    """A threshold and its new number."""

    id = serializers.IntegerField()
    value = serializers.DecimalField(max_digits=24, decimal_places=8)


class ProposeArguments(RuleArguments):
    """Other numbers, another mode, or both; why, and from when on."""

    thresholds = NumberArguments(many=True, required=False)
    mode = serializers.ChoiceField(_MODES, required=False)
    note = serializers.CharField(max_length=REASON_SIZE_MAX)
    effective_from = MomentField(required=False)

    def validate_thresholds(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len(rows) > _THRESHOLDS_MAX:
            raise serializers.ValidationError(f"At most {_THRESHOLDS_MAX}.", "max_length")
        if len({row["id"] for row in rows}) < len(rows):
            raise serializers.ValidationError("A threshold stands here twice.", "twice")
        return rows


class ModeArguments(RuleArguments):
    """The new mode, why, and from when on."""

    mode = serializers.ChoiceField(_MODES)
    note = serializers.CharField(max_length=REASON_SIZE_MAX)
    effective_from = MomentField(required=False)


class ApproveArguments(RuleArguments):
    """Which version; a yes may be explained."""

    number = serializers.IntegerField(min_value=1)
    reason = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=REASON_SIZE_MAX
    )


class RejectArguments(ApproveArguments):
    """Which version; a no says why."""

    reason = serializers.CharField(max_length=REASON_SIZE_MAX)


class ProposeVersion(Handler):
    """Propose a version, also of a rule that does not ask for a second person: nothing is judged
    by it until another user approves."""

    arguments = ProposeArguments
    result = VersionResult
    status = HTTPStatus.CREATED

    def answer(self) -> Answer:
        values = self.values
        rule = rule_named(values["code"])
        numbers: dict[int, Decimal] = {row["id"]: row["value"] for row in _rows(values)}
        effective_from: datetime | None = values.get("effective_from")
        proposal = Proposal(numbers, values.get("mode"), values["note"], effective_from)
        version = decided(lambda: propose_version(rule, proposal, self.user))
        return self.rendered(version_line(version))


class SwitchMode(Handler):
    """Put a rule into another mode; of a rule with four eyes this is only proposed."""

    arguments = ModeArguments
    result = WholeRuleResult

    def answer(self) -> Answer:
        values = self.values
        rule = rule_named(values["code"])
        start = values.get("effective_from")
        decided(lambda: switch_mode(rule, values["mode"], self.user, values["note"], start))
        return self.rendered(whole_rule(rule_named(values["code"])))


class ApproveVersion(Handler):
    """Say yes to what another has proposed: it is in force from its time on."""

    arguments = ApproveArguments
    result = VersionResult

    def answer(self) -> Answer:
        version = _version(self.values)
        decided(lambda: approve_version(version, self.user, self.values["reason"]))
        return self.rendered(version_line(_version(self.values)))


class RejectVersion(Handler):
    """Say no to a proposal, or withdraw one's own: the rule says again what is in force."""

    arguments = RejectArguments
    result = VersionResult

    def answer(self) -> Answer:
        version = _version(self.values)
        decided(lambda: reject_version(version, self.user, self.values["reason"]))
        return self.rendered(version_line(_version(self.values)))


class WithdrawVersion(Handler):
    """Withdraw one's own proposal."""

    arguments = RejectArguments
    result = VersionResult

    def answer(self) -> Answer:
        version = _version(self.values)
        if version.author_id != self.user.pk:
            detail = "Only who proposed a version withdraws it."
            raise Problem(HTTPStatus.FORBIDDEN, "not_yours", detail)
        decided(lambda: reject_version(version, self.user, self.values["reason"]))
        return self.rendered(version_line(_version(self.values)))


def decided(act: Callable[[], _Done]) -> _Done:
    """What an action gives, or its refusal as a problem."""
    try:
        return act()
    except OwnVersion:
        detail = "Nobody approves what they proposed: a second person has to."
        raise Problem(HTTPStatus.FORBIDDEN, "second_person", detail) from None
    except AlreadyDecided:
        detail = "Somebody else has decided meanwhile."
        raise Problem(HTTPStatus.CONFLICT, "already_decided", detail) from None
    except IllegalMode as error:
        detail = f"The rule does not go from {error}."
        raise Problem(HTTPStatus.CONFLICT, "illegal_mode", detail) from None
    except NothingProposed:
        detail = "Nothing would change, or the rule is a draft."
        raise Problem(HTTPStatus.CONFLICT, "nothing_proposed", detail) from None
    except ThresholdUnknown as error:
        errors = [FieldError("thresholds", "unknown", f"The rule has no threshold {error}.")]
        detail = "Some arguments are not valid."
        raise Problem(HTTPStatus.BAD_REQUEST, "invalid", detail, errors) from None
    except RuleFaulty as fault:
        errors = [FieldError("thresholds", "refused", str(fault))]
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        raise Problem(status, "rule_faulty", str(fault), errors) from None


def _rows(values: dict[str, Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = values.get("thresholds", [])
    return rows


def _version(values: dict[str, Any]) -> RuleVersion:
    versions = RuleVersion.objects.select_related("rule", "author", "decided_by")
    found = versions.filter(rule__code=values["code"], number=values["number"]).first()
    if found is None:
        raise not_found("There is no such version.")
    return found
