"""Live speech for ``/metrics``: legs, what was lost, how far behind. No words and no numbers of people."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ..asr.live_figures import LiveFigures
from ..telephony.audio_figures import AudioFigures

_NOW = (
    ("hotline_live_speech_legs", "Legs of calls that are heard live.", "legs"),
    ("hotline_live_speech_resting_legs", "Legs that are streamed but not heard now.", "resting"),
    ("hotline_live_speech_busy_ratio", "Share of the threads' time in work, last seconds.", "busy"),
    ("hotline_live_speech_behind_seconds", "Sound that waits for its turn, mean of the legs.", "behind_s"),
)
_SINCE = (
    ("hotline_live_speech_begun_legs", "Legs that were begun.", "begun"),
    ("hotline_live_speech_refused_legs", "Legs that were not begun: no time, or no model.", "legs_refused"),
    ("hotline_live_speech_shed_calls", "Calls let go because the threads were behind.", "calls_shed"),
    ("hotline_live_speech_lost_seconds", "Sound of heard legs that was not recognised.", "lost_s"),
    ("hotline_live_speech_recognised_seconds", "Sound given to the engine.", "recognised_s"),
    ("hotline_live_speech_quiet_seconds", "Silence that the engine was spared.", "quiet_s"),
    ("hotline_live_speech_utterances", "Final sentences.", "utterances"),
    ("hotline_live_speech_failures", "Legs on which the engine failed, each time.", "failures"),
    ("hotline_live_speech_lost_threads", "Threads that died or hang.", "threads_lost"),
)
_LAGS = (("0.5", "lag_p50_s"), ("0.95", "lag_p95_s"))
_AUDIO_SINCE = (
    ("hotline_live_audio_streams", "Streams of legs' sound from the switch.", "attached_total"),
    ("hotline_live_audio_streams_again", "Streams that were made again.", "again_total"),
    ("hotline_live_audio_failed_streams", "Streams that the switch could not make.", "failed_total"),
    ("hotline_live_audio_heard_seconds", "Sound that came.", "heard_seconds"),
    ("hotline_live_audio_lost_seconds", "Sound that never came.", "lost_seconds"),
)


class SpeechCollector(Collector):
    """Reads live speech and live audio at the moment they are asked for."""

    def __init__(self, speech: Callable[[], LiveFigures], audio: Callable[[], AudioFigures]) -> None:
        self._speech = speech
        self._audio = audio

    def describe(self) -> list[Metric]:
        """Name nothing beforehand: at the registration nothing is read."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Give every figure."""
        speech, audio = self._speech(), self._audio()
        for name, help_, field in _NOW:
            yield GaugeMetricFamily(name, help_, value=float(getattr(speech, field)))
        for name, help_, field in _SINCE:
            yield CounterMetricFamily(name, help_, value=float(getattr(speech, field)))
        lag = GaugeMetricFamily(
            "hotline_live_speech_lag_seconds",
            "From a piece of sound to what it brought, of the last pieces.",
            labels=["quantile"],
        )
        for quantile, field in _LAGS:
            value = getattr(speech, field)
            if value is not None:
                lag.add_metric([quantile], value)
        yield lag
        yield GaugeMetricFamily("hotline_live_audio_legs", "Legs whose sound comes now.", value=audio.up)
        for name, help_, field in _AUDIO_SINCE:
            yield CounterMetricFamily(name, help_, value=float(getattr(audio, field)))
