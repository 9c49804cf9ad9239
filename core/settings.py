"""Typed settings of one node; the file format is ``hotline.toml`` (see ``core/config_file.py``).

Only shapes, defaults and checks stand here. Secrets have no default: ``hotline init`` generates them.
Every value may be overridden by an environment variable, e.g. ``HOTLINE_WEB__PORT=8080``.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, StringConstraints, field_validator, model_validator

from .access_settings import AccessSettings, Origin
from .asr_settings import AsrSettings
from .desk_settings import DeskSettings
from .robot_settings import RobotSettings
from .setting_types import Address, Digits, Host, Label, Name, Network, NumberPattern, Port, Secret, Section
from .third_lines import Role, ThirdLine, ThreeWaySettings
from .ticket_settings import TicketSettings
from .webhook_url import checked_url


class Site(Section):
    """Who and where this node is."""

    name: Label = "12345政务服务便民热线"
    node: Name = "node1"
    timezone: str = "Asia/Shanghai"
    profile: Literal["gb", "beijing", "wuhai"] = "gb"

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, timezone: str) -> str:
        try:
            ZoneInfo(timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("no such time zone; take one like Asia/Shanghai") from error
        return timezone


class AsteriskSettings(Section):
    """The switch: where it listens and how the service reaches it."""

    mode: Literal["managed", "external"] = "managed"
    """``managed``: ``hotline up`` runs it; ``external``: it runs elsewhere (container) on the same files."""
    bind: Address = "0.0.0.0"  # noqa: S104  # phones on the network must reach it
    phone_port: Port = 5060
    trunk_port: Port = 5080
    rtp_first: Port = 10000
    rtp_last: Port = 10999
    ami_host: Host = "127.0.0.1"
    ami_port: Port = 5038
    ami_event_secret: Secret
    ami_action_secret: Secret
    max_calls: int = Field(default=250, ge=1)
    """More citizens at a time are refused (503, ``HL_FULL``); each takes 4 of the media ports."""


_ASKED_EVERY_S = 60


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Trunk(Section):
    """A line to the public network, identified by the address of its peer."""

    name: Name
    host: Host
    port: Port = 5060
    match: tuple[Network, ...] = ()
    """Addresses or networks the trunk's calls come from; the host when empty."""
    numbers: tuple[Digits, ...] = ("12345",)
    qualify_seconds: int | None = Field(default=None, ge=0, le=3600)
    """How often the peer is asked (OPTIONS) whether it is there. Not given: each 60 s, but never on this
    machine, where the programs of a test line are not always there. To be set to 0 for a peer that answers
    nothing at all: it would count as down, for outgoing calls too."""
    emergency: bool = False
    """Whether 110, 119, 120 and 122 may be dialled through it: no default reaches a real emergency line."""
    arrival: Literal["menu", "three-way"] = "menu"
    """``three-way``: citizen and police officer already talk, 110 puts them through (R-3W-5)."""
    queue: Name | None = None
    """Where calls with ``arrival = "three-way"`` are served, before all others."""

    @property
    def asked_every_s(self) -> int:
        """How often the peer is asked; 0: never."""
        if self.qualify_seconds is not None:
            return self.qualify_seconds
        return 0 if _is_here(self.host) else _ASKED_EVERY_S


class QueueSettings(Section):
    """A skill queue."""

    name: Name
    label: Label
    strategy: Literal["ringall", "leastrecent", "fewestcalls", "random", "rrmemory", "linear"] = "rrmemory"
    ring_seconds: int = Field(default=15, ge=5, le=60)
    max_wait_seconds: int = Field(default=90, ge=10, le=3600)
    """After so long the call goes on to ``overflow``."""
    overflow: Name | None = None
    """Another queue, or None: the caller may leave a message or wait on."""
    overflow_to: Name | None = None
    """One of ``outside`` instead of another queue: the last hop of a chain."""
    max_callers: int = Field(default=0, ge=0)

    @field_validator("name")
    @classmethod
    def _not_a_section(cls, name: str) -> str:
        """Refuse the one name that Asterisk cannot give to a queue: its queues.conf means the file by it."""
        if name == "general":
            raise ValueError("a queue cannot be called 'general' in Asterisk; call it 'public'")
        return name


class Outside(Section):
    """Who answers in need outside of this node: another node, another region, a duty telephone."""

    name: Name
    trunk: Name
    number: Digits
    ring_seconds: int = Field(default=30, ge=5, le=120)


class WaitingSettings(Section):
    """What a citizen hears while waiting for a human."""

    position_seconds: int = Field(default=30, ge=0, le=600)
    """How often the place in the queue is told; 0: never."""
    offer_seconds: int = Field(default=30, ge=5, le=600)
    """After so long, and then so often, a message and a call-back are offered."""


class CallbackSettings(Section):
    """Call-backs that keep the place in the queue (R-IVR-7)."""

    trunk: Name | None = None
    """The line to call back through; None: no call-back is offered."""
    numbers: tuple[NumberPattern, ...] = ("1[3-9]XXXXXXXXX", "0[1-9]XXXXXXXXX", "0[3-9]XXXXXXXXXX")
    """The only numbers that may be called: mobiles, and landlines with their area's code."""
    tries: int = Field(default=3, ge=1, le=5)
    ring_seconds: int = Field(default=30, ge=5, le=120)
    retry_seconds: int = Field(default=300, ge=1, le=3600)
    """So long after a try that nobody answered the place is taken again."""
    keep_hours: int = Field(default=24, ge=1, le=48)
    """A promise that could not be kept for so long since a human was asked for is given up."""
    max_waiting: int = Field(default=20, ge=1, le=1000)
    """More promises at a time are not made; each is one of ``asterisk.max_calls``."""


class Agent(Section):
    """A human who answers; the number is also the name of the SIP endpoint."""

    number: Digits
    name: Label
    secret: Secret
    queues: tuple[Name, ...]
    group: Annotated[
        str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029$;\[\]|,\"\\]{0,40}$")
    ] = ""
    """班组: the figures of the calls that its agents answered are shown apart."""
    address: Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?)?$")] = ""
    """Fixed ``host`` or ``host:port`` of a desk phone that does not register; empty for one that does."""
    role: Role = "agent"
    """Which third lines may be called in (``third_lines.roles``), and who may supervise."""
    phone: Literal["sip", "browser"] = "sip"
    """A telephone on the desk, or the browser in which the agent works (docs/desk.md)."""

    @property
    def phone_secret(self) -> str:
        """What the telephone signs in with; a browser is never told the secret itself."""
        if self.phone == "sip":
            return self.secret
        return hmac.new(self.secret.encode(), b"hotline browser phone 1", hashlib.sha256).hexdigest()


class RecordingSettings(Section):
    """What is kept of the speech."""

    directory: Path | None = None
    """``STATE/recordings`` when not given."""
    orphan_after_s: int = Field(default=60, ge=5)


class LiveAudioSettings(Section):
    """Where the switch brings the voices of a talk while they speak (``telephony/audio.py``)."""

    host: Address = "127.0.0.1"
    """The address to listen at; another one than this machine's own only for a switch that is elsewhere."""
    port: int = Field(default=0, ge=0, le=65535)
    """0: any free one, told to the switch with each stream."""
    reached_at: Host | None = None
    """How the switch names this machine; ``host`` when not given."""

    @model_validator(mode="after")
    def _can_be_reached(self) -> Self:
        if ipaddress.ip_address(self.host).is_unspecified and self.reached_at is None:
            raise ValueError("host is every address: set reached_at to the one that the switch is to use")
        return self


class JournalSettings(Section):
    """How long the switch's journal and logs are kept (``telephony/rotation.py``)."""

    rotate_mb: int = Field(default=256, ge=1, le=4096)
    """A file is rotated when the day is over, and when it has grown so large."""
    keep_days: int = Field(default=400, ge=2, le=36500)
    """The journal: as long as figures are to be proved from it. What was not read yet is never removed."""
    keep_log_days: int = Field(default=30, ge=1, le=36500)
    """Asterisk's own log."""


class WebSettings(Section):
    """The pages and the API."""

    host: str = "127.0.0.1"
    port: Port = 8345
    token: Secret
    metrics: Literal["token", "loopback"] = "token"
    """Who may read ``/metrics``: who has the token, or also every program of this machine."""
    public_url: Origin = ""
    """How browsers reach the pages through a proxy; with https cookies are for TLS alone."""
    proxies: tuple[Network, ...] = ()
    """Addresses of the proxies before us, whose ``X-Forwarded-For`` is believed."""


class QueueDefaults(Section):
    """Times of the agents' work that hold for every queue."""

    wrap_up_seconds: int = Field(default=15, ge=0, le=600)
    no_answer_limit: int = Field(default=3, ge=0, le=100)
    """After so many unanswered rings in succession the agent is paused (未接听); 0: never."""


class AlarmSettings(Section):
    """When an alarm is raised; the limits of the standard themselves stand in its profile."""

    wait_near_seconds: float = Field(default=10, gt=0, le=600)
    """A wait longer than this is about to break the standard's limit."""
    near_points: float = Field(default=1.0, ge=0, le=50)
    """So many percentage points above its limit a rate is about to break it."""
    clear_points: float = Field(default=0.2, ge=0, le=10)
    """So much better than where it was raised a rate must be for the alarm to end."""
    disk_low_gb: float = Field(default=10, ge=0)
    disk_low_percent: float = Field(default=5, ge=0, le=100)
    disk_full_gb: float = Field(default=1, ge=0)
    clock_jump_seconds: float = Field(default=2.0, ge=0.5, le=3600)
    webhook_secret: Secret | None = None
    """Signs what is sent to ``webhooks``."""


class WebhookTarget(Section):
    """A program that is told by HTTP of alarms, of what goes along with a three-way call, of callbacks."""

    name: Name
    url: Annotated[str, AfterValidator(checked_url)]
    topics: tuple[Literal["alarms", "notices", "callbacks"], ...] = Field(default=("alarms",), min_length=1)
    """What it is told of. ``notices`` (of three-way calls) and ``callbacks`` (results of the robot) hold
    personal data: they go nowhere that does not name them here."""
    secret: Secret | None = None
    """Signs what it is sent, instead of ``alarms.webhook_secret``; a must for personal data."""


class EvaluationSettings(Section):
    """The question at the end of a talk (R-T-11); its levels stand in the standard's profile."""

    enabled: bool = True
    answer_seconds: int = Field(default=5, ge=2, le=15)
    """Silence after the question that counts as no answer."""


class FigureSettings(Section):
    """What the figures show apart."""

    short_abandon_seconds: int = Field(default=5, ge=0, le=15)
    """Citizens who gave up within so long are counted apart too; they stay in the abandon rate."""


class Settings(Section):
    """The whole of ``hotline.toml``, paths made absolute by ``core.config_file.load``."""

    site: Site = Site()
    state: Path = Path("state")
    """Where everything written lives, relative to the file."""
    menu: Path = Path("menu.yaml")
    words: Path = Path("words.txt")
    """Names of the site (estates, streets, departments), one in a line; need not be there."""
    prompts: Path = Path("prompts")
    """Recorded prompts that replace synthesised ones."""
    database: str = "sqlite+aiosqlite:///{state}/hotline.db"
    asterisk: AsteriskSettings
    agents_work: QueueDefaults = QueueDefaults()
    trunks: tuple[Trunk, ...] = ()
    queues: tuple[QueueSettings, ...]
    agents: tuple[Agent, ...] = ()
    outside: tuple[Outside, ...] = ()
    waiting: WaitingSettings = WaitingSettings()
    callback: CallbackSettings = CallbackSettings()
    robot: RobotSettings = RobotSettings()
    third_lines: tuple[ThirdLine, ...] = ()
    three_way: ThreeWaySettings = ThreeWaySettings()
    journal: JournalSettings = JournalSettings()
    recording: RecordingSettings = RecordingSettings()
    evaluation: EvaluationSettings = EvaluationSettings()
    live_audio: LiveAudioSettings = LiveAudioSettings()
    figures: FigureSettings = FigureSettings()
    alarms: AlarmSettings = AlarmSettings()
    webhooks: tuple[WebhookTarget, ...] = ()
    asr: AsrSettings = AsrSettings()
    tickets: TicketSettings = TicketSettings()
    desk: DeskSettings = DeskSettings()
    web: WebSettings
    access: AccessSettings = AccessSettings()

    @property
    def has_browser_phones(self) -> bool:
        """Whether an agent's telephone is a browser."""
        return any(agent.phone == "browser" for agent in self.agents)

    @field_validator("database")
    @classmethod
    def _known_database(cls, database: str) -> str:
        """Refuse another database than the two that are tested; the value may hold a password."""
        if not re.match(r"sqlite\+aiosqlite:///.|postgresql\+asyncpg://.", database):
            raise ValueError("must begin with sqlite+aiosqlite:/// or postgresql+asyncpg://")
        return database
