"""Thresholds, rules, alerts: what the risk desk edits and what it is told."""

from riskgw import compiled

__all__ = ["compiled"]
