"""Leases with a fencing epoch: one writer a partition, the one that was replaced is refused."""

import os
import secrets
import socket
from pathlib import Path

from riskgw.bus.connection import Client

LEASE_MS = 3000
_ACQUIRE = """
local held = redis.call('GET', KEYS[1])
if held == ARGV[1] then
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  return held
end
if held and held ~= ARGV[4] then return held end
local token = ARGV[2] .. ':' .. redis.call('INCR', KEYS[2])
redis.call('SET', KEYS[1], token, 'PX', ARGV[3])
return token
"""
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end"


class Lease:
    """`token` is who holds it and in which epoch; None while somebody else does."""

    def __init__(self, client: Client, name: str, lease_ms: int = LEASE_MS) -> None:
        self.key = f"lease.{name}"
        self.token: bytes | None = None
        self._client = client
        self._lease_ms = lease_ms
        self._epoch_key = f"epoch.{name}"
        self._host = socket.gethostname()
        self._owner = f"{self._host}:{os.getpid()}"
        self._mark = secrets.token_hex(4)

    def acquire(self) -> bool:
        """Take or renew it; a new token means that others may have written in between."""
        found = self._claim(b"")
        if not self._is_ours(found) and self._is_dead(found):
            found = self._claim(found)
        self.token = found if self._is_ours(found) else None
        return self.token is not None

    def _claim(self, replaced: bytes) -> bytes:
        """The token of who holds it now; `replaced` is that of a holder who is no more."""
        keys, ours = (self.key, self._epoch_key), self.token or b""
        token: bytes = self._client.eval(
            _ACQUIRE, 2, *keys, ours, f"{self._owner}:{self._mark}", self._lease_ms, replaced
        )
        return token

    def _is_ours(self, token: bytes) -> bool:
        return token.startswith(f"{self._owner}:{self._mark}:".encode())

    def _is_dead(self, token: bytes) -> bool:
        """A process of this host that has died holds its lease no longer than that."""
        host, pid, *_ = token.decode().rsplit(":", 3)
        return host == self._host and not Path(f"/proc/{pid}").exists()

    def release(self) -> None:
        """Let the next one start at once."""
        if self.token is not None:
            self._client.eval(_RELEASE, 1, self.key, self.token)
            self.token = None
