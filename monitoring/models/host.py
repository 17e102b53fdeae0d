"""Hosts, what their agents measured, and the thresholds their figures are judged by."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from monitoring.domain.host_metrics import METRICS, Metric, Subject
from monitoring.domain.host_watch import Limits
from monitoring.models.alert import Alert
from riskgw.kernel.times import NS_PER_SECOND
from riskgw.reference.models import ApiKey

NAME_MAX, SUBJECT_MAX = 80, 120


class MetricChoice(models.TextChoices):
    CPU = Metric.CPU, _("CPU (%)")
    MEMORY = Metric.MEMORY, _("memory (%)")
    SWAP = Metric.SWAP, _("swap (%)")
    LOAD = Metric.LOAD, _("load per core")
    DISK = Metric.DISK, _("disk (%)")
    INODES = Metric.INODES, _("inodes (%)")
    NETWORK_ERRORS = Metric.NETWORK_ERRORS, _("network errors a second")
    PROCESS = Metric.PROCESS, _("processes running")
    PROCESS_CPU = Metric.PROCESS_CPU, _("CPU of a process (%)")
    PROCESS_MEMORY = Metric.PROCESS_MEMORY, _("memory of a process (%)")
    PROCESS_RESTARTS = Metric.PROCESS_RESTARTS, _("restarts of a process in ten minutes")
    CLOCK = Metric.CLOCK, _("clock offset (ms)")
    SILENCE = Metric.SILENCE, _("silence (ms)")


class Host(models.Model):
    """A machine with an agent; it appears with the agent's first report."""

    name = models.CharField(_("name"), max_length=NAME_MAX, unique=True)
    is_active = models.BooleanField(
        _("watched"), default=True, help_text=_("Without this, it raises no alerts.")
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    key = models.ForeignKey(
        ApiKey, models.SET_NULL, null=True, blank=True, related_name="hosts",
        verbose_name=_("agent's key"),
        help_text=_("The only one that reports for it; empty: the next new key that does."),
    )  # fmt: skip
    facts = models.JSONField(_("what it is"), default=dict, blank=True, editable=False)
    # Its newest sample; and when, by our clock, it came.
    newest = models.JSONField(default=dict, blank=True, editable=False)
    heaviest = models.JSONField(default=list, blank=True, editable=False)
    at_ns = models.BigIntegerField(default=0, editable=False)
    heard_at = models.DateTimeField(_("last heard of"), null=True, editable=False)
    added_at = models.DateTimeField(_("added"), auto_now_add=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("host")
        verbose_name_plural = _("hosts")
        permissions = [("report_samples", "Can report samples of hosts")]

    def __str__(self) -> str:
        return self.name


class SystemThreshold(models.Model):
    """From when on a figure is an alert, for all hosts, one host, one disk or one process."""

    metric = models.CharField(_("figure"), max_length=30, choices=MetricChoice)
    host = models.ForeignKey(
        Host, models.CASCADE, null=True, blank=True, related_name="thresholds",
        verbose_name=_("host"), help_text=_("Empty: all hosts."),
    )  # fmt: skip
    subject = models.CharField(
        _("disk or process"), max_length=SUBJECT_MAX, blank=True,
        help_text=_("A mount point or the name of a process; empty: all."),
    )  # fmt: skip
    warn = models.DecimalField(_("warn"), max_digits=16, decimal_places=4, null=True, blank=True)
    limit = models.DecimalField(_("limit"), max_digits=16, decimal_places=4, null=True, blank=True)
    clear = models.DecimalField(
        _("ends at"), max_digits=16, decimal_places=4, null=True, blank=True,
        help_text=_("Back beyond this value, it is over; empty: beyond the lower threshold."),
    )  # fmt: skip
    for_seconds = models.PositiveIntegerField(
        _("must hold for (s)"), default=0, help_text=_("Before it is an alert.")
    )
    runbook = models.URLField(_("runbook"), blank=True, help_text=_("What is to be done."))
    is_active = models.BooleanField(_("in use"), default=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["metric", "host", "subject"]
        verbose_name = _("system threshold")
        verbose_name_plural = _("system thresholds")
        constraints = [
            models.UniqueConstraint(
                fields=["metric", "host", "subject"], name="one_system_threshold_a_host",
                violation_error_message=_("There is a threshold for this figure and scope."),
            ),
            models.UniqueConstraint(
                fields=["metric", "subject"], condition=Q(host__isnull=True),
                name="one_system_threshold_for_all",
                violation_error_message=_("There is a threshold for this figure and scope."),
            ),
            models.CheckConstraint(
                condition=Q(metric__in=[str(each) for each in Metric]),
                name="system_threshold_metric_known",
            ),
            models.CheckConstraint(
                condition=Q(warn__isnull=False) | Q(limit__isnull=False),
                name="system_threshold_has_a_level",
                violation_error_message=_("A threshold has at least one level."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        scope = " ".join(each for each in (str(self.host or ""), self.subject) if each)
        return f"{self.get_metric_display()} {scope}".strip()

    def clean(self) -> None:
        if self.metric not in METRICS:
            return
        if self.subject and METRICS[Metric(self.metric)].subject is Subject.HOST:
            raise ValidationError({"subject": _("This figure is one of the whole host.")})
        if not self.limits.ladder.may_clear:
            raise ValidationError({"clear": _("At this value it would be beyond a threshold.")})

    @property
    def limits(self) -> Limits:
        """As the judge takes it."""
        return Limits(
            self.pk,
            self.metric,
            self.host.name if self.host else "",
            self.subject,
            self.warn,
            self.limit,
            self.clear,
            self.for_seconds * NS_PER_SECOND,
        )


class HostStanding(models.Model):
    """How far up its ladder a figure of a host stands; one row a figure that ever reached one."""

    host = models.ForeignKey(Host, models.CASCADE, related_name="standings")
    metric = models.CharField(max_length=30)
    subject = models.CharField(max_length=SUBJECT_MAX, blank=True)
    height = models.PositiveSmallIntegerField(default=0)
    since_ns = models.JSONField(default=list)
    at_ns = models.BigIntegerField(default=0)
    episode = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["host", "metric", "subject"], name="one_standing_a_figure"
            )
        ]

    def __str__(self) -> str:
        return f"{self.host_id} {self.metric} {self.subject}".strip()


class SampleLayout(models.Model):
    """The names of the numbers of samples, in their order; hosts that are alike share one."""

    digest = models.CharField(max_length=64, unique=True)
    names = models.JSONField()

    def __str__(self) -> str:
        return self.digest[:12]


class HostSample(models.Model):
    """Numbers of a host at one time, or the means and highs of a minute or an hour."""

    host = models.ForeignKey(Host, models.CASCADE, related_name="samples")
    # 0 as measured; else the seconds that it stands for.
    step = models.PositiveSmallIntegerField(default=0)
    at_ns = models.BigIntegerField()
    layout = models.ForeignKey(SampleLayout, models.PROTECT, related_name="+")
    means = models.JSONField()
    highs = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["host", "step", "at_ns"], name="one_sample_a_time")
        ]
        indexes = [models.Index(fields=["step", "at_ns"], name="samples_by_age")]

    def __str__(self) -> str:
        return f"{self.host_id} {self.step} {self.at_ns}"


class SystemEvidence(models.Model):
    """What was known when a figure of a host became an alert."""

    alert = models.OneToOneField(
        Alert, models.CASCADE, primary_key=True, related_name="system_evidence"
    )
    host = models.ForeignKey(Host, models.PROTECT, related_name="+")
    metric = models.CharField(max_length=30)
    subject = models.CharField(max_length=SUBJECT_MAX, blank=True)
    warn = models.DecimalField(max_digits=16, decimal_places=4, null=True)
    limit = models.DecimalField(max_digits=16, decimal_places=4, null=True)
    clear = models.DecimalField(max_digits=16, decimal_places=4, null=True)
    runbook = models.URLField(blank=True)
    heaviest = models.JSONField(default=list)
    # When the figure was back; null while it stands.
    ended_ns = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_ns__isnull=True) | Q(ended_ns__gt=0), name="evidence_ended"
            )
        ]

    def __str__(self) -> str:
        return f"{self.host} {self.metric} {self.subject}".strip()
