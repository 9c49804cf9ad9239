"""Secrets that are random enough to be kept by their SHA-256, and the names made of what must not be kept."""

from __future__ import annotations

import hashlib
import hmac
import secrets

TOKEN_MARK = "hotline_"  # noqa: S105  # what tokens begin with, not one
"""Every API token begins so: one that was left in a file or a log is found by it."""


def new_secret() -> str:
    """Return 256 random bits as text for a cookie."""
    return secrets.token_urlsafe(32)


def new_token() -> str:
    """Return an API token."""
    return f"{TOKEN_MARK}{secrets.token_urlsafe(32)}"


def digest(*parts: str) -> str:
    """Return the SHA-256 of texts as 64 hex digits; ("a", "bc") and ("ab", "c") differ."""
    whole = b"".join(
        len(data := part.encode(errors="surrogatepass")).to_bytes(4, "big") + data for part in parts
    )
    return hashlib.sha256(whole).hexdigest()


def keyed(key: bytes, *parts: str) -> str:
    """Return what only the holder of ``key`` can make of texts, as 64 hex digits."""
    return hmac.new(key, digest(*parts).encode(), hashlib.sha256).hexdigest()


def same(one: str, other: str) -> bool:
    """Compare in constant time; any text may come in."""
    return hmac.compare_digest(one.encode(errors="surrogatepass"), other.encode(errors="surrogatepass"))
