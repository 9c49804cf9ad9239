"""Hotline: the telephony integration service of a Chinese 12345 government hotline."""

__version__ = "0.1.0"
