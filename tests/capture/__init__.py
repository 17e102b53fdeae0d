"""Tests of the capture core: from packets to business events."""
