"""Loaded before Django's settings: tests keep their files out of the user's `var/`."""

import os
import tempfile

from hypothesis import settings

os.environ.setdefault("RISKGW_HOME", tempfile.mkdtemp(prefix="riskgw-tests-"))
os.environ.setdefault("RISKGW_LOG_LEVEL", "CRITICAL")

# How long an example takes says something about the machine, not about the code. CI tries the
# same examples every time; new ones are for developers.
settings.register_profile("riskgw", deadline=None, derandomize="RISKGW_CI" in os.environ)
settings.load_profile("riskgw")
