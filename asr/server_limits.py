"""What the recognition server allows its clients, and what it has seen of them."""

from __future__ import annotations

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest


@dataclass(frozen=True)
class Limits:
    """Bounds of one server; seconds, bytes and numbers."""

    connections: int = 64
    message_bytes: int = 1 << 20
    text_bytes: int = 64 * 1024
    configs: int = 16
    """Configurations on one connection."""
    phrases: int = 2000
    idle_s: float = 60.0
    """A connection that sends nothing for so long is closed."""
    reader_s: float = 10.0
    """A client that takes no answers for so long is dropped."""
    request_s: float = 10.0
    """A caller that has not said what it wants by then is dropped."""
    late_s: float = 2.0
    """While sound waits so long for a thread, no further connection is taken."""
    stop_s: float = 20.0
    """Connections may end by themselves for so long when the server stops."""


@dataclass
class Load:
    """The server's figures of this moment and since its start."""

    limits: Limits
    threads: int
    open: int = 0
    late_s: float = 0.0
    """How long the last pieces of sound waited for a thread."""
    is_stopping: bool = False

    def __post_init__(self) -> None:
        self.registry = CollectorRegistry()
        name = "hotline_asr_server"
        to = self.registry
        self._open = Gauge(f"{name}_connections", "Connections that are open.", registry=to)
        self._most = Gauge(f"{name}_connections_most", "Connections that are taken at most.", registry=to)
        self._late = Gauge(f"{name}_late_seconds", "How long sound waits for a thread.", registry=to)
        self.taken = Counter(f"{name}_taken", "Connections that were taken.", registry=to)
        self.refused = Counter(f"{name}_refused", "Connections that were not taken.", ["why"], registry=to)
        self.ended = Counter(f"{name}_ended", "Connections that ended.", ["why"], registry=to)
        self.sound = Counter(f"{name}_sound_seconds", "Sound that was recognised.", registry=to)
        self.busy = Counter(f"{name}_busy_seconds", "Time that threads worked on sound.", registry=to)

    def waited(self, seconds: float) -> None:
        """Note how long a piece of sound waited for a thread; the mean of the last ten or so counts."""
        self.late_s += (seconds - self.late_s) * 0.1

    def refusal(self) -> str:
        """Return why no further connection is taken now, empty when one is."""
        if self.is_stopping:
            return "stopping"
        if self.open >= self.limits.connections:
            return "full"
        return "busy" if self.open and self.late_s > self.limits.late_s else ""

    def to_json(self) -> dict[str, object]:
        """Return what balancers ask: whether there is room, and how much is in use."""
        why = self.refusal()
        return {
            "status": why or "ok",
            "connections": self.open,
            "most": self.limits.connections,
            "threads": self.threads,
            "late_s": round(self.late_s, 3),
        }

    def exposition(self) -> bytes:
        """Return everything in Prometheus' text format."""
        self._open.set(self.open)
        self._most.set(self.limits.connections)
        self._late.set(self.late_s)
        return generate_latest(self.registry)
