"""Tests of the quoting actions."""
