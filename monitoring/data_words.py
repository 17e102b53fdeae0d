"""What is wrong with a data file or a value in it, in both languages."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from monitoring.domain.data_mapping import FileFault, FileFaulty
from monitoring.domain.data_values import CellFault
from monitoring.models.data_file import TEXT_CHARS_MAX
from riskgw.messages.counter_feed import ItemFault

_FILES: Mapping[FileFault, Any] = {
    FileFault.LINK: _("It is a link, and links are not followed."),
    FileFault.NOT_A_FILE: _("It is no plain file."),
    FileFault.NAME: _("Its name is too long, begins with a mark, or cannot be shown."),
    FileFault.ENDING: _("Its name ends neither in .csv, .txt, .xlsx nor .json."),
    FileFault.GONE: _("It was gone before it was read."),
    FileFault.TOO_LARGE: _("It is larger than %(limit)s MB."),
    FileFault.EMPTY: _("It is empty."),
    FileFault.NO_MAPPING: _("No mapping takes a file of this name."),
    FileFault.MAPPING: _("The mapping does not fit its table: %(why)s."),
    FileFault.NOT_THE_FORMAT: _("It is not proper %(format)s: %(why)s."),
    FileFault.ENCODING: _("Its text is neither UTF-8 nor GB18030."),
    FileFault.UNPACKED: _("Unpacked it is suspiciously large, or beyond %(limit)s MB."),
    FileFault.NO_SHEET: _('It has no sheet "%(sheet)s".'),
    FileFault.NO_HEADER: _("Where the header should be there is none."),
    FileFault.COLUMN_MISSING: _('It lacks the column "%(column)s".'),
    FileFault.COLUMN_TWICE: _('It has the column "%(column)s" twice.'),
    FileFault.COLUMNS: _("It has more than %(limit)s columns."),
    FileFault.ROWS: _("It has more than %(limit)s rows."),
    FileFault.NO_ROWS: _("It has no rows."),
    FileFault.REJECTS: _("Refused values: %(count)s. None of its rows was taken in."),
    FileFault.CHANGED: _("The table changed while it was stored. It can be taken in again."),
    FileFault.TRIES: _("It was begun %(count)s times and never came to an end."),
    FileFault.FEED: _("The counters' feed does not take it just now: %(why)s."),
}
_CELLS: Mapping[str, Any] = {
    CellFault.REQUIRED: _("It is empty and must not be."),
    CellFault.TOO_LONG: _("It is too long."),
    CellFault.NOT_A_NUMBER: _("It is no number."),
    CellFault.NOT_WHOLE: _("It is no whole number."),
    CellFault.NOT_A_DATE: _("It is no date such as 2026-11-23."),
    CellFault.NOT_A_MOMENT: _("It is no date and time such as 2026-11-23 09:30:00."),
    CellFault.NOT_A_FLAG: _("It is neither 1 nor 0."),
    CellFault.NOT_STEPS: _("It is no list of rising steps such as 0:2; 100:4."),
    CellFault.NOT_PLAIN: _("It is no plain value."),
    CellFault.CELLS: _("The row has %(count)s cells, the header %(size)s."),
    CellFault.FORMULA_FAILED: _("Its formula ended in an error."),
    ItemFault.UNKNOWN_FIELD: _("There is no such field."),
    ItemFault.NOT_TEXT: _("It is no text."),
    ItemFault.UNKNOWN_WORD: _("It is none of the words that are allowed here."),
    ItemFault.UNKNOWN_EXCHANGE: _("There is no such exchange."),
    ItemFault.NOT_FINITE: _("It is no number."),
    ItemFault.NEGATIVE: _("It must not be below zero."),
    ItemFault.NOT_POSITIVE: _("It must be above zero."),
    ItemFault.OUT_OF_RANGE: _("It is too large, or has too many digits."),
    "unknown": _("There is no such record."),
    "exists": _("There is such a row already, and this mapping adds new ones only."),
    "twice": _("The same row stands in the file twice; first in row %(row)s."),
    "known_item": _("Item %(row)s of the file has the same source_id."),
}
_OTHER = _("It is refused: %(code)s.")


class Said(NamedTuple):
    """A text in both languages."""

    en: str
    zh: str


def said(text: Any, values: Mapping[str, object] | None = None) -> Said:
    """A lazy text as both kinds of readers see it."""
    found = []
    for language in ("en", "zh-hans"):
        with override(language):
            told = str(text)
            found.append((told % values if values else told)[:TEXT_CHARS_MAX])
    return Said(*found)


def said_of_file(fault: FileFaulty) -> Said:
    return said(_FILES[fault.code], {name: str(each) for name, each in fault.values.items()})


def said_of_known(number: int, name: str) -> Said:
    text = _("The same content was taken in before, as file %(number)s (%(name)s).")
    return said(text, {"number": number, "name": name})


def said_of_cell(code: str, values: Mapping[str, object] | None = None) -> Said:
    text = _CELLS.get(code)
    return said(_OTHER, {"code": code}) if text is None else said(text, values)
