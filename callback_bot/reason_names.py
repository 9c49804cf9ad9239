"""What the reasons for bad marks are called by people: the names in the dialogues of a site."""

from __future__ import annotations

from collections.abc import Mapping

from ..core.errors import HotlineError
from ..core.settings import Settings
from .survey.dialogue_check import FOLDER
from .survey.dialogue_install import load_dialogue


def reason_names(settings: Settings) -> Mapping[str, str]:
    """Return the name of each reason by its id, the site's own dialogues last.

    A dialogue that cannot be used is left out: its reasons stand under their ids.
    """
    found: dict[str, str] = {}
    own = settings.menu.with_name("dialogues")
    files = (path for folder in (FOLDER, own) for path in sorted(folder.glob("*.yaml")))
    for name in dict.fromkeys(path.stem for path in files):
        try:
            dialogue = load_dialogue(settings, name)
        except HotlineError:
            continue
        found |= {reason.id: reason.name for reason in dialogue.reasons.values()}
    return found
