"""Where readings of function modules' metrics stand between their thresholds."""

from django.db import models

from monitoring.domain.ladder import AT_EASE, Standing
from riskgw.reference.models import ModuleMetric

KEY_MAX = 80


class ModuleStanding(models.Model):
    """One row a metric and key that ever reached a threshold."""

    metric = models.ForeignKey(ModuleMetric, models.CASCADE, related_name="standings")
    key = models.CharField(max_length=KEY_MAX, blank=True)
    # How far up: 0, monitoring, risk.
    height = models.PositiveSmallIntegerField(default=0)
    # From when on each threshold was reached; the last reading that this was told from.
    since_ns = models.JSONField(default=list)
    at_ns = models.BigIntegerField(default=0)
    episode = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["metric", "key"], name="one_standing_a_reading")
        ]

    def __str__(self) -> str:
        return f"{self.metric_id} {self.key}".strip()

    @property
    def figure(self) -> tuple[int, str]:
        return self.metric_id, self.key

    @property
    def standing(self) -> Standing:
        since = tuple(self.since_ns) or AT_EASE.since_ns
        return Standing(self.height, since, self.at_ns, self.episode)

    def take(self, standing: Standing) -> None:
        self.height, self.since_ns = standing.height, list(standing.since_ns)
        self.at_ns, self.episode = standing.at_ns, standing.episode
