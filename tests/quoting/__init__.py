"""Tests of quoting: domain, FIX, engine."""
