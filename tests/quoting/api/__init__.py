"""Tests of the quoting handlers."""
