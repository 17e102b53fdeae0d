"""Requests and live push: a handler object a request, one hub a process, one error form."""
