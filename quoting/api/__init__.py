"""Handlers of quoting, for HTTP and for commands of the live socket."""
