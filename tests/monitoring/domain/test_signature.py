"""Signatures as a receiver checks them, and when a message is tried again."""

import hashlib
import hmac

from monitoring.domain.backoff import ATTEMPTS_MAX, DELAYS_SECONDS, delay_seconds
from monitoring.domain.signature import signature


def test_the_signature_is_the_one_the_manual_tells_receivers_to_compute() -> None:
    signed = b'1700000000.{"a":1}'
    wanted = hmac.new(b"secret", signed, hashlib.sha256).hexdigest()
    assert signature("secret", 1_700_000_000, b'{"a":1}') == f"v1={wanted}"


def test_another_body_time_or_secret_is_another_signature() -> None:
    found = {
        signature("secret", 1, b"a"), signature("secret", 1, b"b"), signature("secret", 2, b"a"),
        signature("secres", 1, b"a"),
    }  # fmt: skip
    assert len(found) == 4


def test_pauses_grow_and_end() -> None:
    delays = [delay_seconds(attempts) for attempts in range(1, ATTEMPTS_MAX)]
    assert delays == list(DELAYS_SECONDS)
    assert list(DELAYS_SECONDS) == sorted(DELAYS_SECONDS)
    assert delay_seconds(ATTEMPTS_MAX) is None
