"""Tests of the protocols of channels and sources."""
