"""Thresholds, rules, alerts: what the risk desk edits and what it is told."""
