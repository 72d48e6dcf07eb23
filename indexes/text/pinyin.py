"""Spells Chinese as it is typed on a keyboard: in pinyin, whole syllables or their first letters."""

from __future__ import annotations

from functools import lru_cache

from indexes.text.scripts import Writing, runs

REMEMBERED = 8_192
MOST_STARTS = 6  # characters of a phrase from which it is spelt on
LONGEST = 32  # letters of a spelling: nobody types more of it


def spellings(phrase: str) -> list[str]:
    """Return the folded phrase from its first Chinese characters on, in syllables and in first letters.

    "红色 horse" gives "hongse horse", "hs horse", "se horse" and "s horse". Each run is read as a whole,
    so that a character with several readings has the one of its word.
    """
    found: list[str] = []
    for writing, run, start in runs(phrase):
        if writing is not Writing.HAN:
            continue
        after, syllables = phrase[start + len(run) :], _syllables(run)
        for place in range(len(syllables)):
            if len(found) >= 2 * MOST_STARTS:
                return found
            found.append(("".join(syllables[place:]) + after)[:LONGEST])
            found.append(("".join(syllable[:1] for syllable in syllables[place:]) + after)[:LONGEST])
    return found


@lru_cache(REMEMBERED)
def _syllables(run: str) -> tuple[str, ...]:
    from pypinyin import lazy_pinyin  # its tables take a tenth of a second: only where Chinese is written

    return tuple(syllable.replace("ü", "v") for syllable in lazy_pinyin(run, errors="ignore"))
