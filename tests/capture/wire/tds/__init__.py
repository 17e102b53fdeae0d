"""Tests of the TDS decoder."""
