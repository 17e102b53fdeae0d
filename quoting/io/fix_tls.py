"""TLS for FIX connections, from files that settings name."""

import ssl
from pathlib import Path


def server_context(certificate: Path, clients: Path | None = None) -> ssl.SSLContext:
    """Key and chain in one PEM file; with `clients`, who connects needs a certificate of those."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    if clients:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(clients)
    return context


def client_context(servers: Path | None, certificate: Path | None = None) -> ssl.SSLContext:
    """Servers are checked against `servers`, else the machine's own; `certificate` is shown."""
    context = ssl.create_default_context(cafile=servers)
    if certificate:
        context.load_cert_chain(certificate)
    return context
