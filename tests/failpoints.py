"""Settings under which a process dies where RISKGW_LEDGER_FAILPOINT says."""

from riskgw.settings import *  # noqa: F403  # all of them

RISKGW_FAILPOINTS = True
