"""Draws what people type: concepts of icons, words of two, slips of the finger, letters one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

_WORDS = """
airplane alarm ambulance anchor apple archive arrow baby broadcast bag balloon bank basket battery bed
bell bicycle bird bluetooth boat book bookmark bottle box brain bread bridge briefcase broom brush bug
building bus butterfly cake calculator calendar camera candle car card carrot cart cat chair chart chat
check cheese church circle clipboard clock cloud code coffee coin compass computer cookie crown cube cup
database desktop dice diamond dog door download drop ear egg elephant envelope eraser eye factory fan
feather file film filter fingerprint fire fish flag flask flower folder football fork fridge game garage
gear ghost gift glasses globe grid guitar hammer hand headphones heart helicopter home horse hospital
hourglass house image infinity key keyboard knife ladder lamp laptop leaf library lightbulb lightning
link lock magnet mail map medal megaphone memory microphone microscope money moon motorcycle mountain
mouse movie music needle network newspaper note notebook package paint palette panda paperclip parachute
paw peace pen pencil people phone piano picture pill pin pizza plane plant plug police printer puzzle
rabbit radio rain recycle refresh road robot rocket ruler sailboat satellite save scale school scissors
screen search server settings shield ship shirt shoe shop shower signal skull sleep smile snowflake sofa
spider square stairs star store sticker subway suitcase sun sword table tablet tag target taxi
teddy telescope television tent thermometer ticket tie timer toilet tooth tractor traffic train trash
tree trophy truck umbrella upload user video violin volume wallet watch water wave wheelchair wifi wind
window wine wrench
"""
CONCEPTS = tuple(_WORDS.split())
MANNERS = ("outline", "fill", "bold", "thin", "light", "off", "plus", "circle", "remove", "add")
ALPHABET = "abcdefghijklmnopqrstuvwxyz"
SHORTEST_TO_MISSPELL = 5
POPULARITY_STRIDE = 101  # so that the popular ones are not those that begin with a


def concept(rng: Random) -> str:
    """Return one concept: a few are popular with everybody, all are asked for (log-uniform ranks)."""
    rank = int((len(CONCEPTS) + 1) ** rng.random()) - 1
    return CONCEPTS[rank * POPULARITY_STRIDE % len(CONCEPTS)]


def phrase(rng: Random) -> str:
    """Return a concept with a word on how it should look."""
    return f"{concept(rng)} {rng.choice(MANNERS)}"


def misspelt(rng: Random) -> tuple[str, str]:
    """Return a concept as it slipped from the fingers, and as it was meant."""
    meant = concept(rng)
    while len(meant) < SHORTEST_TO_MISSPELL:
        meant = concept(rng)
    return misspell(meant, rng), meant


def misspell(word: str, rng: Random) -> str:
    """Return `word` with one slip past its first letter: two letters swapped, one lost, doubled or wrong."""
    while True:
        at = rng.randrange(1, len(word) - 1)
        slips = (
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[: at + 1] + word[at:],
            word[:at] + rng.choice(ALPHABET) + word[at + 1 :],
        )
        slipped = rng.choice(slips)
        if slipped != word:
            return slipped


def prefixes(word: str) -> Iterator[str]:
    """Yield what stands in the box after each letter."""
    for end in range(1, len(word) + 1):
        yield word[:end]
