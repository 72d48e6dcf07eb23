"""Normalises text, folds its marks, and cuts it into runs of one way of writing."""

from __future__ import annotations

import re
import unicodedata
from enum import Enum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import opencc

if TYPE_CHECKING:
    from collections.abc import Iterator

# Marks that tell words apart only for careful writers: combining diacritics (Latin, Greek,
# Cyrillic), Hebrew points, Arabic vowels. Marks of other scripts (Indic vowels, kana voicing) are letters.
FOLDED_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff]"
)
HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
# Kana, Thai, Lao, Khmer, Myanmar: written without blanks, and no dictionary for them here.
KANA = "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
UNSPACED = KANA + "\u0e01-\u0e4e\u0e80-\u0ecd\u0edc-\u0edf\u1780-\u17d3\u1000-\u109f"
BLANKS = re.compile(r"\s+")
PLAIN = re.compile(r"[a-z0-9]+(?:'[a-z0-9]+)*")


class Writing(Enum):
    """How a run of text shows its words."""

    SPACED = "between blanks"
    HAN = "by dictionary"
    UNSPACED = "not at all"


def normalise(text: str) -> str:
    """Return NFKC, case-folded text with blanks collapsed: equal titles become equal strings."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
        text = text.replace("\u2019", "'")
    else:
        text = text.lower()
    return BLANKS.sub(" ", text).strip()


def fold(text: str) -> str:
    """Return normalised text without diacritics, Chinese simplified: what indexed tokens are made of."""
    text = normalise(text)
    if text.isascii():
        return text
    plain = unicodedata.normalize("NFC", FOLDED_MARKS.sub("", unicodedata.normalize("NFD", text)))
    plain = plain.translate(simplified())
    return BLANKS.sub(" ", plain).strip()


@cache
def simplified() -> dict[int, str]:
    """Return which simplified character each traditional one is folded to, by code point.

    Character by character, so that text keeps its length; where a character became several, the first.
    """
    path = Path(opencc.__file__).parent / "dictionary" / "TSCharacters.txt"
    pairs = (line.split() for line in path.read_text(encoding="utf-8").splitlines())
    return {ord(old): new for old, new, *_ in filter(None, pairs) if len(old) == len(new) == 1}


def runs(folded: str) -> Iterator[tuple[Writing, str, int]]:
    """Yield (writing, run, start) of each word, or of each stretch written without blanks."""
    if folded.isascii():
        for match in PLAIN.finditer(folded):
            yield Writing.SPACED, match.group(), match.start()
        return
    for match in _pattern().finditer(folded):
        yield Writing[match.lastgroup or "SPACED"], match.group(), match.start()


@cache
def _pattern() -> re.Pattern[str]:
    letter = rf"(?:[^\W_{HAN}{UNSPACED}]|[{_marks()}])"
    return re.compile(rf"(?P<HAN>[{HAN}]+)|(?P<UNSPACED>[{UNSPACED}]+)|(?P<SPACED>{letter}+(?:'{letter}+)*)")


def _marks() -> str:
    """Return every mark of the basic plane as a character class, for word characters do not include them."""
    points = [chr(p) for p in range(0x0300, 0x10000) if unicodedata.category(chr(p)) in {"Mn", "Mc"}]
    return "".join(point for point in points if not re.match(f"[{UNSPACED}]", point))
