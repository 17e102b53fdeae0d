"""Loaded before Django's settings: tests keep their files out of the user's `var/`."""

import os
import tempfile

os.environ.setdefault("RISKGW_HOME", tempfile.mkdtemp(prefix="riskgw-tests-"))
os.environ.setdefault("RISKGW_LOG_LEVEL", "CRITICAL")
