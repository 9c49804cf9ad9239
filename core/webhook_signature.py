"""Signs what a webhook sends, so that its receiver knows who sent it and that it is not an old one.

``X-Hotline-Signature: sha256=HEX`` is the HMAC-SHA256 of ``TIMESTAMP.BODY`` with the shared secret; the
timestamp (seconds since 1970) stands in ``X-Hotline-Timestamp``.
"""

from __future__ import annotations

import hashlib
import hmac

TIMESTAMP, SIGNATURE = "X-Hotline-Timestamp", "X-Hotline-Signature"
_PREFIX = "sha256="


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """Return the signature's header value."""
    signed = str(timestamp).encode() + b"." + body
    return _PREFIX + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def is_signed(
    secret: str, timestamp: str, signature: str, body: bytes, *, now_s: float, tolerance_s: float = 300
) -> bool:
    """Tell whether a delivery is ours and recent: what a receiver does first with the two headers."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    expected = sign(secret, int(timestamp), body)
    fresh = abs(now_s - int(timestamp)) <= tolerance_s
    return hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")) and fresh
