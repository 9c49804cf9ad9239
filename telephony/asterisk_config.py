"""Renders the switch's whole configuration from the settings into ``STATE/asterisk/etc``.

Every value that a template prints passes ``checked`` (Jinja's ``finalize``), so that no value can ever
begin a comment, a line, a section or a substitution; narrower places use a filter of their own.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from ..core import calendar
from ..core.errors import ConfigError
from ..core.private_folder import private_folder
from ..core.profile import load_profile
from ..core.settings import Settings
from .events_wanted import EVENTS_UNREAD, EVENTS_WANTED
from .installation import Asterisk
from .journal_columns import JOURNAL_COLUMNS
from .overflow import chains
from .room_hours import spans, special_days
from .tones import write_tones

TEMPLATES = Path(__file__).resolve().parent.parent / "dialplans"
OPUS_MODULES = frozenset({"codec_opus_open_source", "codec_opus"})
LONGEST_SOCKET_PATH = 107
"""Bytes of a Unix socket's path, without its closing zero."""

_WORD = re.compile(r"[A-Za-z0-9_.+*#:@/-]+")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


@dataclass(frozen=True)
class Paths:
    """Every folder the switch uses; all of them below the state folder, but ``modules``."""

    state: Path
    etc: Path
    run: Path
    log: Path
    spool: Path
    db: Path
    keys: Path
    data: Path
    sounds: Path
    moh: Path
    recordings: Path
    modules: Path | None = None

    @classmethod
    def of(cls, settings: Settings, asterisk: Asterisk | None = None) -> Paths:
        """Return the folders of a node; ``asterisk`` None is one that runs elsewhere (a container)."""
        base = settings.state / "asterisk"
        return cls(
            state=settings.state,
            etc=base / "etc",
            run=base / "run",
            log=base / "log",
            spool=base / "spool",
            db=base / "db",
            keys=base / "keys",
            data=base / "data",
            sounds=settings.state / "sounds",
            moh=settings.state / "moh",
            recordings=settings.recording.directory or settings.state / "recordings",
            modules=asterisk.modules if asterisk else None,
        )

    @property
    def config(self) -> Path:
        """The file that Asterisk is started with (``-C``)."""
        return self.etc / "asterisk.conf"

    @property
    def menus(self) -> Path:
        """The folder of the rendered menus; never emptied here."""
        return self.etc / "menus.d"

    @property
    def socket(self) -> Path:
        """The control socket of the running switch."""
        return self.run / "asterisk.ctl"

    @property
    def pid_file(self) -> Path:
        """The process id of the switch that was started last."""
        return self.run / "hotline.pid"

    @property
    def messages(self) -> Path:
        """Asterisk's own log; quiet after a good start."""
        return self.log / "messages.log"


def checked(value: object) -> str:
    """Return a value as text, or refuse it: no control character, ``;`` or dialplan substitution."""
    text = str(value)
    bad = next((c for c in text if ord(c) < 32 or ord(c) == 127 or c in ";\x85\u2028\u2029"), None)
    if (
        bad is not None
        or "${" in text
        or "$[" in text
        or text.startswith(("#include", "#exec", "#tryinclude"))
    ):
        raise ConfigError(
            f"the value {text[:60]!r} cannot stand in a file of Asterisk",
            mend="take out control characters, ';', '${' and '$['",
        )
    return text


def word(value: object) -> str:
    """Return a value made of letters, digits and ``_.+*#:@/-`` only: safe in dialplan and section names."""
    text = checked(value)
    if not _WORD.fullmatch(text):
        raise ConfigError(f"the value {text[:60]!r} may only have letters, digits and _.+*#:@/-")
    return text


def quoted(value: object) -> str:
    """Return text for inside double quotes (a caller's name); quotes and backslashes are escaped."""
    return checked(value).replace("\\", "\\\\").replace('"', '\\"')


def dialplan_text(value: object) -> str:
    """Return text for an argument of a dialplan application; what would end or split it is refused."""
    text = checked(value)
    if any(c in text for c in ',()"\\|&$[]{}'):
        raise ConfigError(f"the value {text[:60]!r} cannot stand in the dialplan", mend="use plain words")
    return text


def host(value: object) -> str:
    """Return a host name, an address or a network, checked."""
    text = checked(value)
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        if not _HOST.fullmatch(text):
            raise ConfigError(f"{text[:60]!r} is no host name, address or network") from None
    return text


def hosts(values: Sequence[str]) -> str:
    """Return hosts and networks joined by commas."""
    return ",".join(host(value) for value in values)


def host_port(value: object, port: int) -> str:
    """Return ``host:port``, an IPv6 address in brackets."""
    text = host(value)
    return f"[{text}]:{port}" if ":" in text else f"{text}:{port}"


def render(settings: Settings, asterisk: Asterisk | None = None) -> list[Path]:
    """Write every file that changed, each at once and whole; return the changed ones.

    ``asterisk`` is the one that will read the files, None when it runs elsewhere. Files are readable
    by their owner only, as some hold secrets. ``menus.d`` is made, never emptied.
    """
    paths = Paths.of(settings, asterisk)
    if len(os.fsencode(paths.socket)) > LONGEST_SOCKET_PATH:
        raise ConfigError(
            f"the state folder {settings.state} is too long for a Unix socket "
            f"by {len(os.fsencode(paths.socket)) - LONGEST_SOCKET_PATH} bytes",
            mend="set `state` to a shorter path",
        )
    _make_folders(paths, asterisk)
    write_tones(paths.moh, paths.sounds)
    changed = [
        paths.etc / name
        for name, text in render_texts(settings, asterisk).items()
        if _write(paths.etc / name, text)
    ]
    # An #include of no file at all is an error, so there is always one.
    if _write(paths.menus / "00-menus.conf", "; The rendered menus stand beside this file.\n"):
        changed.append(paths.menus / "00-menus.conf")
    return changed


def render_texts(settings: Settings, asterisk: Asterisk | None = None) -> dict[str, str]:
    """Return the text of every file by its name; templates get settings, profile, paths and the lists."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        # Not for HTML: it marks what a macro or a block has made, so that values alone are checked.
        autoescape=True,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        word=word, quoted=quoted, dialplan_text=dialplan_text, host=host, hosts=hosts, host_port=host_port
    )
    mapping = ",".join(f"${{CSV_QUOTE(${{{name}}})}}" for _, name in JOURNAL_COLUMNS)
    values: dict[str, Any] = {
        "settings": settings,
        "profile": load_profile(settings.site.profile),
        "paths": Paths.of(settings, asterisk),
        "chains": chains(settings.queues),
        "hours": spans,
        "special_days": _special_days(settings),
        "events": sorted(EVENTS_WANTED),
        "events_unread": EVENTS_UNREAD,
        "journal_mapping": Markup(mapping),  # noqa: S704  # constants of ours
        "modules": asterisk.module_names() if asterisk else None,
        "asterisk_number": asterisk.number if asterisk else (22, 0),
        "browser_codecs": browser_codecs(settings, asterisk),
    }
    names = sorted(name for name in environment.list_templates() if name.endswith(".j2"))
    return {name.removesuffix(".j2"): environment.get_template(name).render(values) for name in names}


def browser_codecs(settings: Settings, asterisk: Asterisk | None) -> list[str]:
    """Return what browsers speak: opus only where the switch can translate it, and never nothing."""
    names = None if asterisk is None else asterisk.module_names()
    has_opus = names is None or not names.isdisjoint(OPUS_MODULES)
    return [codec for codec in settings.desk.codecs if codec != "opus" or has_opus] or ["alaw"]


def _special_days(settings: Settings) -> list[tuple[str, int]]:
    if not any(line.hours for line in settings.third_lines):
        return []
    return special_days(calendar.load(settings.menu.with_name("calendar.json")))


def _finalize(value: object) -> Markup:
    return value if isinstance(value, Markup) else Markup(checked(value))  # noqa: S704  # checked


def _make_folders(paths: Paths, asterisk: Asterisk | None) -> None:
    private_folder(paths.state)
    private_folder(paths.recordings)
    for folder in (
        paths.etc,
        paths.menus,
        paths.run,
        paths.log / "cel-custom",
        paths.spool,
        paths.db,
        paths.keys / "keys",
        paths.data,
        paths.sounds / "hotline",
        paths.moh,
    ):
        folder.mkdir(parents=True, exist_ok=True)
    (paths.state / "asterisk").chmod(0o700)
    data = asterisk.data if asterisk else Path("/usr/share/asterisk")
    _link(paths.data / "documentation", data / "documentation")
    _link(paths.data / "sounds", paths.sounds)
    # Numbers are said from sounds/zh/digits, which the prompts in sounds/hotline/digits fill.
    _link(paths.sounds / "zh", paths.sounds / "hotline")
    english = next(iter(sorted((data / "sounds").glob("en*"))), None)
    if english is not None and english.is_dir():
        _link(paths.sounds / "en", english)


def _link(link: Path, target: Path) -> None:
    if link.is_symlink() and link.readlink() == target:
        return
    if link.exists() and not link.is_symlink():
        return  # the operator put something of his own there
    temporary = link.with_name(f".{link.name}.new")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    temporary.replace(link)


def _write(file: Path, text: str) -> bool:
    try:
        if file.read_text(encoding="utf-8") == text:
            return False
    except FileNotFoundError:
        pass
    temporary = file.with_name(f".{file.name}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(file)
    return True
