"""Tests: sentences about the product; values in, values out."""
