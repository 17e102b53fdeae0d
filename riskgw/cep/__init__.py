"""The rule engine: declarative rules compiled when loaded. Observations in, alerts out."""
