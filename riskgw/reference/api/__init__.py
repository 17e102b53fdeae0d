"""Handlers: what is asked of reference data."""
