"""Logs: which are followed, in which format, how far they were read, their lines."""

from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from monitoring.domain.log_format import ISO, LEVELS, FormatFaulty, checked

PATH_MAX = 300


class LogFormat(models.Model):
    """How a line is taken apart: a pattern with the groups time, level, text, latency_ms."""

    name = models.SlugField(_("name"), max_length=40, unique=True)
    pattern = models.TextField(
        _("pattern"),
        help_text=_("Groups: time, level, text, latency_ms. No repeat within a repeat."),
    )
    time_format = models.CharField(
        _("format of times"), max_length=40, default=ISO,
        help_text=_("iso, or as for strptime: %d/%b/%Y:%H:%M:%S %z"),
    )  # fmt: skip
    utc_offset_hours = models.SmallIntegerField(_("hours from UTC"), default=8)
    history = HistoricalRecords()

    class Meta:
        ordering = ["name"]
        verbose_name = _("log format")
        verbose_name_plural = _("log formats")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        try:
            checked(self.pattern)
        except FormatFaulty as error:
            raise ValidationError({"pattern": str(error)}) from None


class LogSource(models.Model):
    """A file that is followed, or several by a pattern of names; below an allowed folder."""

    name = models.SlugField(_("name"), max_length=40, unique=True)
    path = models.CharField(
        _("path"), max_length=PATH_MAX, help_text=_("May hold * in its last part.")
    )
    format = models.ForeignKey(
        LogFormat, models.PROTECT, related_name="sources", verbose_name=_("format")
    )
    host = models.CharField(
        _("host"), max_length=80, blank=True, help_text=_("Empty: the host of the server.")
    )
    is_active = models.BooleanField(_("followed"), default=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["name"]
        verbose_name = _("log source")
        verbose_name_plural = _("log sources")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if not is_allowed(Path(self.path)):
            folders = ", ".join(str(each) for each in settings.RISKGW_LOG_FOLDERS)
            text = _("The path is below one of: %(folders)s.")
            raise ValidationError({"path": ValidationError(text, params={"folders": folders})})


class LogPosition(models.Model):
    """How far a file has been read; moved in the commit that stores its lines."""

    source = models.ForeignKey(LogSource, models.CASCADE, related_name="positions")
    path = models.CharField(max_length=PATH_MAX)
    inode = models.CharField(max_length=24, default="0")
    offset = models.BigIntegerField(default=0)
    head = models.CharField(max_length=64, blank=True)
    head_size = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "path"], name="one_position_a_file")
        ]

    def __str__(self) -> str:
        return f"{self.path} {self.offset}"


class LogLine(models.Model):
    """One line; what fits no pattern has the level `text`."""

    at_ns = models.BigIntegerField()
    host = models.CharField(_("host"), max_length=80)
    source = models.CharField(_("log"), max_length=120)
    level = models.CharField(_("level"), max_length=10)
    text = models.TextField(_("line"))
    latency_ms = models.FloatField(null=True)

    class Meta:
        verbose_name = _("log line")
        verbose_name_plural = _("log lines")
        constraints = [
            models.CheckConstraint(condition=models.Q(level__in=LEVELS), name="log_level_known")
        ]
        indexes = [
            models.Index(fields=["-at_ns", "-id"], name="lines_newest_first"),
            models.Index(fields=["host", "at_ns"], name="lines_of_host"),
        ]

    def __str__(self) -> str:
        return self.text[:80]


class LogCount(models.Model):
    """Lines of a log by minute and level, with the latencies they told."""

    source = models.CharField(max_length=120)
    minute_ns = models.BigIntegerField()
    level = models.CharField(max_length=10)
    lines = models.PositiveIntegerField(default=0)
    latencies = models.PositiveIntegerField(default=0)
    latency_sum_ms = models.FloatField(default=0)
    latency_max_ms = models.FloatField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "minute_ns", "level"], name="one_count_a_minute"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.minute_ns} {self.level}"


def is_allowed(path: Path) -> bool:
    """Below a folder of the allow-list, also once links are followed."""
    if not path.is_absolute() or "*" in str(path.parent):
        return False
    folder = path.parent.resolve()
    allowed = [Path(each).resolve() for each in settings.RISKGW_LOG_FOLDERS]
    is_below = any(folder == each or each in folder.parents for each in allowed)
    is_link = "*" not in path.name and path.is_symlink()
    return is_below and not is_link
