"""Computing: figures from the raw records in the database, written back as rows, and judged."""

from monitoring.api.business import (
    ExportBusinessMetrics,
    ListMetricThresholds,
    SetMetricThreshold,
    ShowBusinessMetrics,
    ShowBusinessSeries,
    business_told,
)
from monitoring.computing import Computing
from riskgw.bus.connection import kept_client
from riskgw.bus.live import TopicKind
from riskgw.plugins.manifest import Job, Manifest, Topic, Work
from riskgw.web.handlers import Endpoint

_SEE = "monitoring.view_metricfigure"
# Of one message; the pages fetch the rest.
FIGURES_TOLD_MAX = 400
_computing = Computing()


def compute(work: Work) -> None:
    """What was delivered since the last run."""
    if _computing.run(kept_client(), work.is_stopping):
        told = business_told(FIGURES_TOLD_MAX)
        work.publish("business", told | {"trading_day": str(told["trading_day"])})


MANIFEST = Manifest(
    name="computing",
    version="1.0",
    title="Computing",
    endpoints=(
        Endpoint("GET", "metrics/business", ShowBusinessMetrics, _SEE),
        Endpoint("GET", "metrics/business/export", ExportBusinessMetrics, _SEE),
        Endpoint("GET", "metrics/business/series", ShowBusinessSeries, _SEE),
        Endpoint("GET", "metrics/business/thresholds", ListMetricThresholds, _SEE),
        Endpoint(
            "PATCH",
            "metrics/business/thresholds/<int:id>",
            SetMetricThreshold,
            "monitoring.change_metricthreshold",
        ),
    ),
    topics=(Topic("business", TopicKind.STATE, _SEE),),
    jobs=(Job("compute", 3, compute, 60),),
)
