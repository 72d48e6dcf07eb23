"""Types queries as people do: a word or two of what is wanted, now and then with a slip."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from app.simulation.things import Thing

TYPO = 0.08  # chance of a slip in a word of four letters or more
MAX_WORDS = 2
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def type_query(thing: Thing, rng: np.random.Generator) -> str:
    """Return what someone types who wants this thing: its first words, perhaps misspelt."""
    num = int(rng.integers(1, min(MAX_WORDS, len(thing.words)) + 1))
    return " ".join(slip(word, rng) if rng.random() < TYPO else word for word in thing.words[:num])


def slip(word: str, rng: np.random.Generator) -> str:
    """Return the word with one letter lost, doubled, swapped with the next, or another."""
    if len(word) < 4:
        return word
    place = int(rng.integers(1, len(word) - 1))  # first letters are hit right
    before, letter, after = word[:place], word[place], word[place + 1 :]
    kind = int(rng.integers(4))
    if kind == 0:
        return before + after
    if kind == 1:
        return before + letter * 2 + after
    if kind == 2:
        return before + after[0] + letter + after[1:]
    return before + LETTERS[int(rng.integers(len(LETTERS)))] + after
