"""Parameter packs: a file becomes a draft beside what stands, and a second person decides."""

import base64
from collections import Counter
from http import HTTPStatus
from itertools import islice
from typing import Any

from django.db.models import Count, QuerySet
from rest_framework import serializers

from monitoring.actions.apply_pack import RulesWaiting, apply_pack, reject_pack
from monitoring.actions.import_pack import PackFaulty, PackTitle, import_pack
from monitoring.actions.read_pack import SIZE_MAX, PackUnreadable, read_pack
from monitoring.admin.language import fault_text, indicator_names, scope_text
from monitoring.admin.version_text import titled
from monitoring.api.rule_changes import REASON_SIZE_MAX, decided
from monitoring.api.rules_results import PackPage, WholePackResult
from monitoring.domain.parameter_pack import Difference, Kind, LineFault
from monitoring.domain.spec_order import plain, scope_names
from monitoring.models import ParameterPack
from monitoring.models.choices import PackStateChoice
from monitoring.rule_queries import pack_differences
from riskgw.cep.checks import Fault
from riskgw.web.handlers import Answer, Handler
from riskgw.web.lists import ListArguments, page
from riskgw.web.problems import FieldError, Problem, not_found

FAULTS_SHOWN_MAX = 100
LINES_SHOWN_MAX = 1_000
# Four letters for three bytes.
_CONTENT_SIZE_MAX = SIZE_MAX * 4 // 3 + 4


class PackListArguments(ListArguments):
    """Filters; all that are given must hold."""

    state = serializers.ChoiceField(PackStateChoice.choices, required=False)


class PackArguments(serializers.Serializer[Any]):
    """Which pack."""

    id = serializers.IntegerField()


class UploadArguments(serializers.Serializer[Any]):
    """A CSV, XLSX or JSON file, told apart by its name; `content` is the file in base64.

    `effective_from` is for the lines that name no day of their own.
    """

    name = serializers.CharField(max_length=80)
    effective_from = serializers.DateField()
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)
    file_name = serializers.CharField(max_length=200)
    content = serializers.CharField(max_length=_CONTENT_SIZE_MAX)

    def validate_content(self, text: str) -> bytes:
        try:
            return base64.b64decode(text, validate=True)
        except ValueError:
            raise serializers.ValidationError("Not base64.", "invalid") from None


class ApplyArguments(PackArguments):
    """Which pack; a yes may be explained."""

    reason = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=REASON_SIZE_MAX
    )


class RejectPackArguments(PackArguments):
    """Which pack; a no says why."""

    reason = serializers.CharField(max_length=REASON_SIZE_MAX)


class ListPacks(Handler):
    """Parameter packs, the newest first."""

    arguments = PackListArguments
    result = PackPage

    def answer(self) -> Answer:
        cursor = self.values.pop("cursor", None)
        return self.rendered(page(_packs().filter(**self.values), ("-pk",), cursor))


class ShowPack(Handler):
    """A pack with each line beside what stands."""

    arguments = PackArguments
    result = WholePackResult

    def answer(self) -> Answer:
        return self.rendered(_whole(_pack(self.values["id"])))


class UploadPack(Handler):
    """A draft: it changes nothing until another user applies it. All its lines fit, or none."""

    arguments = UploadArguments
    result = WholePackResult
    status = HTTPStatus.CREATED

    def answer(self) -> Answer:
        values = self.values
        title = PackTitle(values["name"], values["effective_from"], values["note"])
        try:
            rows = read_pack(values["file_name"], values["content"])
            pack = import_pack(title, rows, self.user)
        except PackUnreadable as error:
            raise _faulty([FieldError("content", "unreadable", str(error))]) from None
        except PackFaulty as error:
            raise _faulty(_errors(error)) from None
        return self.rendered(_whole(_pack(pack.pk)))


class ApplyPack(Handler):
    """Say yes to another's pack: its numbers become thresholds, all or none."""

    arguments = ApplyArguments
    result = WholePackResult

    def answer(self) -> Answer:
        pack = _pack(self.values["id"])
        try:
            decided(lambda: apply_pack(pack, self.user, self.values["reason"]))
        except RulesWaiting as error:
            detail = f"Decide first about what is proposed for {error}."
            raise Problem(HTTPStatus.CONFLICT, "rules_waiting", detail) from None
        except PackFaulty as error:
            raise _faulty(_errors(error)) from None
        return self.rendered(_whole(_pack(pack.pk)))


class RejectPack(Handler):
    """Say no to a pack, or put one's own aside: it changes nothing."""

    arguments = RejectPackArguments
    result = WholePackResult

    def answer(self) -> Answer:
        pack = _pack(self.values["id"])
        decided(lambda: reject_pack(pack, self.user, self.values["reason"]))
        return self.rendered(_whole(_pack(pack.pk)))


def _packs() -> QuerySet[ParameterPack]:
    packs = ParameterPack.objects.select_related("author", "decided_by")
    return packs.annotate(line_count=Count("lines"))


def _pack(number: int) -> ParameterPack:
    pack = _packs().filter(pk=number).first()
    if pack is None:
        raise not_found("There is no such pack.")
    return pack


def _whole(pack: ParameterPack) -> dict[str, Any]:
    found = pack_differences(pack)
    names = indicator_names()
    # What changes nothing is read last; sorting keeps the file's order otherwise.
    found.sort(key=lambda each: each.kind is Kind.SAME)
    shown = [_line(each, names) for each in islice(found, LINES_SHOWN_MAX)]
    counts = Counter(each.kind.value for each in found)
    columns = ("pk", "name", "effective_from", "note", "state", "author", "created_at",
               "decided_by", "decided_at", "reason", "line_count")  # fmt: skip
    return {name: getattr(pack, name) for name in columns} | {"lines": shown, "counts": counts}


def _line(difference: Difference, names: dict[str, str]) -> dict[str, Any]:
    line = difference.line
    threshold = line.threshold
    return {
        "number": line.number,
        "rule": line.rule,
        "condition": line.condition,
        "title": titled(line.condition, names),
        "level": threshold.level,
        "scope": scope_names(threshold.scope),
        "whom": scope_text(scope_names(threshold.scope)),
        "effective_from": threshold.effective_from,
        "old": None if difference.old is None else plain(difference.old),
        "new": plain(threshold.value),
        "kind": difference.kind.value,
        "source_note": threshold.source_note,
    }


def _errors(error: PackFaulty) -> list[FieldError]:
    return [_error(each) for each in error.faults[:FAULTS_SHOWN_MAX]]


def _error(fault: LineFault) -> FieldError:
    text = fault_text(Fault(fault.column, fault.text))
    return FieldError(f"{fault.number}.{fault.column}", "refused", text)


def _faulty(errors: list[FieldError]) -> Problem:
    detail = "The file does not fit: nothing was stored."
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "pack_faulty", detail, errors)
