"""Tests of what messages mean for orders."""
