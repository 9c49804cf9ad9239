"""The draft of a call in progress as it stands: rules, what a model added, what people said. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from ...asr.transcripts import Transcript
from ..checks.checks import overlaid
from ..draft import Draft
from ..fields import Evidence, Field, FieldName, FieldValue
from ..making import Making
from .live_events import Hint
from .missing import missing


@dataclass(frozen=True)
class Refined:
    """A field as the model gave it, while the rules said ``beside``: holds until the rules say otherwise."""

    field: Field
    beside: FieldValue | None


@dataclass(frozen=True)
class Shown:
    """What is shown of a draft."""

    draft: Draft
    missing: tuple[Hint, ...]

    def fields_json(self) -> dict[str, Any]:
        """Return the filled fields by name, each with who made it."""
        return {
            name.value: {**one.to_json(), "by": self.draft.made.maker(name.value)}
            for name, one in self.draft.fields.items()
        }


@dataclass
class LiveDraft:
    """The state of one call's draft."""

    by_rules: Draft | None = None
    transcript: Transcript | None = None
    refined: Mapping[FieldName, Refined] = field(default_factory=dict[FieldName, Refined])
    making: Making | None = None
    right: dict[FieldName, FieldValue | None] = field(default_factory=dict[FieldName, FieldValue | None])
    shown: Shown | None = None

    def take_rules(self, draft: Draft, transcript: Transcript) -> None:
        """Let a newer draft of the rules stand."""
        self.by_rules, self.transcript = draft, transcript

    def take_model(self, made: Draft, by_rules: Draft) -> None:
        """Let what a model made of a draft of the rules stand beside the newer ones."""
        self.making = made.made
        if made.made.fallback:
            return
        self.refined = {
            name: Refined(made.fields[name], by_rules.value(name))
            for name in map(FieldName, made.made.by_model)
        }

    def show(self) -> tuple[Shown, tuple[str, ...]] | None:
        """Return what is to be shown and the fields that changed; None when it is as it was."""
        if self.by_rules is None or self.transcript is None:
            return None
        draft = overlaid(self._joined(self.by_rules, self.transcript), self.right)
        hints = tuple(hint for hint in missing(draft.fields) if hint.field not in self.right)
        shown = Shown(draft, hints)
        last, self.shown = self.shown, shown
        changed = tuple(name.value for name in FieldName if _differs(name, last, draft))
        if not changed and last is not None and last.missing == shown.missing:
            return None
        return shown, changed

    def _joined(self, by_rules: Draft, transcript: Transcript) -> Draft:
        fields = dict(by_rules.fields)
        names: list[str] = []
        for name, one in self.refined.items():
            if by_rules.value(name) != one.beside:
                continue
            placed = anchored(one.field, transcript)
            if placed is not None:
                fields[name] = placed
                names.append(name.value)
        made = by_rules.made if self.making is None else replace(self.making, by_model=tuple(names))
        return replace(by_rules, fields=MappingProxyType(fields), made=made)


def _differs(name: FieldName, last: Shown | None, draft: Draft) -> bool:
    mine = None if last is None else last.draft.value(name)
    new = draft.value(name)
    return type(mine) is not type(new) or mine != new


def anchored(one: Field, transcript: Transcript) -> Field | None:
    """Return a field whose evidence points into a newer transcript of the same call; None when it cannot.

    What was said at a moment stays, but its place in the order moves when the other side's words of an
    earlier moment come later.
    """
    pieces: list[Evidence] = []
    for piece in one.evidence:
        place = next(
            (
                index
                for index, said in enumerate(transcript.utterances)
                if said.speaker == piece.speaker
                and said.start_s <= piece.start_s <= piece.end_s <= said.end_s
                and piece.words in said.text
            ),
            None,
        )
        if place is None:
            return None
        pieces.append(replace(piece, utterance=place))
    return replace(one, evidence=tuple(pieces))
