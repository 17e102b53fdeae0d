"""Tests of FIX 4.4: codec and session."""
