"""What can go wrong when speech becomes text."""

from __future__ import annotations

from ..core.errors import HotlineError


class AsrError(HotlineError):
    """The engine failed on this audio now; another attempt may succeed."""

    error_id = "asr.failed"
    retryable = True


class EngineAwayError(AsrError):
    """No server of recognition can be reached or has room now; nothing is wrong with the sound."""

    error_id = "asr.away"
    status = 503


class ModelError(HotlineError):
    """A speech model is missing, damaged or not what its name says."""

    error_id = "asr.model"
    status = 422


class AudioError(HotlineError):
    """A file is missing or holds no sound that can be read."""

    error_id = "asr.audio"
    status = 422


class StoppedError(HotlineError):
    """Recognition was told to stop before its end."""

    error_id = "asr.stopped"
    retryable = True
