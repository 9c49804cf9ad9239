"""Character error rate: the field's measure of recognition of Chinese."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Errors:
    """Edits that turn references into what was recognised; ``characters`` counts the references'."""

    characters: int = 0
    substitutions: int = 0
    deletions: int = 0
    insertions: int = 0

    @property
    def edits(self) -> int:
        """All edits."""
        return self.substitutions + self.deletions + self.insertions

    @property
    def rate(self) -> float:
        """Edits for each reference character; without references 0 or, with insertions, 1."""
        if not self.characters:
            return 1.0 if self.edits else 0.0
        return self.edits / self.characters

    def __add__(self, other: Errors) -> Errors:
        return Errors(
            self.characters + other.characters,
            self.substitutions + other.substitutions,
            self.deletions + other.deletions,
            self.insertions + other.insertions,
        )


def compare(reference: str, heard: str) -> Errors:
    """Return the fewest edits between two normalised texts (Levenshtein, all edits of the same weight)."""
    row = [(column, 0, 0, column) for column in range(len(heard) + 1)]
    for line, wanted in enumerate(reference, 1):
        above = row
        row = [(line, 0, line, 0)]
        for column, got in enumerate(heard, 1):
            if wanted == got:
                row.append(above[column - 1])
                continue
            edits, subs, dels, ins = above[column - 1]
            best = (edits + 1, subs + 1, dels, ins)
            edits, subs, dels, ins = above[column]
            if edits + 1 < best[0]:
                best = (edits + 1, subs, dels + 1, ins)
            edits, subs, dels, ins = row[column - 1]
            if edits + 1 < best[0]:
                best = (edits + 1, subs, dels, ins + 1)
            row.append(best)
    _, subs, dels, ins = row[-1]
    return Errors(len(reference), subs, dels, ins)
