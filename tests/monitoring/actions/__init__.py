"""Tests of what monitoring writes."""
