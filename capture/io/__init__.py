"""Capture files and network interfaces."""
