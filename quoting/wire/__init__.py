"""Protocols of channels and sources, fed with bytes and knowing no sockets."""
