"""Data files: how their columns are mapped to tables, what became of each, what was refused."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from monitoring.domain.data_mapping import DIGITS_MAX, Column, words_of
from monitoring.domain.data_values import Kind

_HEADER_ROW_MAX = 50
NAME_CHARS_MAX = 200
TEXT_CHARS_MAX = 300
VALUE_CHARS_MAX = 80


class DataTarget(models.TextChoices):
    """The tables that files may be brought into: a closed list."""

    CUSTOMERS = "customers", _("customers")
    CONTROL_GROUPS = "control_groups", _("control groups")
    ACCOUNTS = "accounts", _("accounts")
    CONTRACTS = "contracts", _("contracts")
    CALENDAR_DAYS = "calendar_days", _("days of calendars")
    OBLIGATIONS = "obligations", _("market-making obligations")
    RELIEFS = "obligation_reliefs", _("reliefs from obligations")
    POSITIONS = "positions", _("positions, as a counter delivers them")
    FUNDS = "funds", _("funds, as a counter delivers them")


class DataMapping(models.Model):
    """Which files go into which table; the first by name whose pattern fits a file takes it."""

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        XLSX = "xlsx", "XLSX"
        JSON = "json", "JSON"

    class Mode(models.TextChoices):
        INSERT = "insert", _("only new rows")
        UPSERT = "upsert", _("new rows, and changes of known ones")

    name = models.SlugField(_("name"), max_length=40, unique=True)
    is_active = models.BooleanField(_("in use"), default=True)
    target = models.CharField(_("table"), max_length=20, choices=DataTarget)
    pattern = models.CharField(
        _("file names"),
        max_length=80,
        validators=[RegexValidator(r"^[^/\\\x00-\x1f.-][^/\\\x00-\x1f]*\Z", _("A name, no path."))],
        help_text=_("May hold * and ?: contracts-*.csv. Small and capital letters are the same."),
    )
    format = models.CharField(_("format"), max_length=4, choices=Format, default=Format.CSV)
    sheet = models.CharField(
        _("sheet"), max_length=80, blank=True,
        help_text=_("XLSX: empty for the first. JSON: the key of the list, empty if it is all."),
    )  # fmt: skip
    header_row = models.PositiveSmallIntegerField(
        _("row of the header"), default=1,
        validators=[MinValueValidator(1), MaxValueValidator(_HEADER_ROW_MAX)],
    )  # fmt: skip
    mode = models.CharField(_("rows"), max_length=6, choices=Mode, default=Mode.UPSERT)
    note = models.CharField(_("note"), max_length=200, blank=True)
    changed_at = models.DateTimeField(_("changed at"), auto_now=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["name"]
        verbose_name = _("mapping of data files")
        verbose_name_plural = _("mappings of data files")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.sheet and self.format == self.Format.CSV:
            raise ValidationError({"sheet": _("A CSV file has no sheets.")})
        if self.header_row and self.header_row > 1 and self.format == self.Format.JSON:
            raise ValidationError({"header_row": _("A JSON file has no header.")})


class DataColumn(models.Model):
    """One field of the table: from a column of the file, or the same in every row."""

    mapping = models.ForeignKey(DataMapping, models.CASCADE, related_name="columns")
    field = models.CharField(_("field"), max_length=40)
    column = models.CharField(
        _("column"), max_length=80, blank=True, help_text=_("As in the header; in JSON, the key.")
    )
    is_required = models.BooleanField(_("required"), default=False)
    default = models.CharField(
        _("if empty"), max_length=80, blank=True, help_text=_("Stands in for an empty cell.")
    )
    constant = models.CharField(
        _("constant"), max_length=80, blank=True, help_text=_("In place of a column.")
    )
    digits = models.PositiveSmallIntegerField(
        _("digits"), null=True, blank=True, validators=[MaxValueValidator(DIGITS_MAX)],
        help_text=_("Filled up with zeros from the left: 1 is 000001."),
    )  # fmt: skip
    words = models.TextField(
        _("words"), blank=True, max_length=2000,
        help_text=_("Theirs and ours, one pair a line: 多=long."),
    )  # fmt: skip
    history = HistoricalRecords()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("column of data files")
        verbose_name_plural = _("columns of data files")
        constraints = [
            models.UniqueConstraint(fields=["mapping", "field"], name="one_column_a_field")
        ]

    def __str__(self) -> str:
        return f"{self.column or self.constant} → {self.field}"

    def clean(self) -> None:
        if bool(self.column) == bool(self.constant):
            raise ValidationError({"column": _("Either a column or a constant.")})
        try:
            words_of(self.words)
        except ValueError as line:
            text = _('"%(line)s" is no pair of words, as in 多=long.')
            raise ValidationError({"words": text % {"line": line}}) from None

    def spec(self, kind: Kind) -> Column:
        return Column(
            self.field, kind, self.column, self.is_required, self.default, self.constant,
            self.digits or 0, words_of(self.words),
        )  # fmt: skip


class DataFile(models.Model):
    """A file that was dropped, and what has become of it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        READING = "reading", _("being read")
        CHECKING = "checking", _("being checked")
        STORING = "storing", _("being stored")
        DONE = "done", _("taken in")
        KNOWN = "known", _("already taken in")
        REFUSED = "refused", _("refused")

    name = models.CharField(_("file"), max_length=NAME_CHARS_MAX)
    size = models.BigIntegerField(_("size"), default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    mapping = models.ForeignKey(
        DataMapping, models.SET_NULL, null=True, related_name="files", verbose_name=_("mapping")
    )
    mapping_name = models.CharField(max_length=40, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING)
    # Each taking is a try of its own; whoever works at an older one may store nothing.
    attempt = models.PositiveIntegerField(default=0)
    # Begun since somebody asked for it; one that ends the process is not begun for ever.
    tries = models.PositiveSmallIntegerField(default=0)
    found_at = models.DateTimeField(auto_now_add=True)
    begun_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    rows_total = models.PositiveIntegerField(null=True)
    rows_checked = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    rejects_total = models.PositiveIntegerField(default=0)
    code = models.CharField(max_length=20, blank=True)
    reason_en = models.CharField(max_length=TEXT_CHARS_MAX, blank=True)
    reason_zh = models.CharField(max_length=TEXT_CHARS_MAX, blank=True)
    # Below done/ or rejected/; empty while it lies where it was dropped.
    folder = models.CharField(max_length=8, blank=True)
    kept_as = models.CharField(max_length=NAME_CHARS_MAX, blank=True)
    asked_by = models.CharField(max_length=150, blank=True)

    class Meta:
        verbose_name = _("data file")
        verbose_name_plural = _("data files")
        constraints = [
            models.UniqueConstraint(
                fields=["mapping", "sha256"], condition=Q(state="done"), name="one_taking_a_content"
            ),
            models.CheckConstraint(
                condition=Q(rows_total__isnull=True) | Q(rows_checked__lte=models.F("rows_total")),
                name="no_more_rows_than_there_are",
            ),
        ]
        indexes = [models.Index(fields=["state", "id"], name="data_files_by_state")]

    def __str__(self) -> str:
        return self.name


class DataReject(models.Model):
    """A value that was refused: in which row and column, and why, in both languages."""

    file = models.ForeignKey(DataFile, models.CASCADE, related_name="rejects")
    row = models.PositiveIntegerField(_("row"))
    column = models.CharField(_("column"), max_length=80, blank=True)
    code = models.CharField(_("code"), max_length=40)
    value = models.CharField(_("value"), max_length=VALUE_CHARS_MAX, blank=True)
    text_en = models.CharField(max_length=TEXT_CHARS_MAX)
    text_zh = models.CharField(max_length=TEXT_CHARS_MAX)

    class Meta:
        verbose_name = _("refused value")
        verbose_name_plural = _("refused values")
        indexes = [models.Index(fields=["file", "id"], name="rejects_of_file")]

    def __str__(self) -> str:
        return f"{self.row} {self.column} {self.code}"
