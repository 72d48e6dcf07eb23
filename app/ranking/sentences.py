"""Holds the sentences of reasons, by language and code."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

ENGLISH: Final = "en"

SENTENCES: Final[Mapping[str, Mapping[str, str]]] = {
    ENGLISH: {
        "exact_title": "The title is exactly {query}.",
        "title_words": "The title has {words}.",
        "tag_words": "The tags have {words}.",
        "text_words": "The text has {words}.",
        "like_words": "It has words spelled like {query}.",
        "meaning": "Its meaning is close to {query} (similarity {similarity}).",
        "similar_to": "It is similar to {like} (similarity {similarity}).",
        "looks": "It looks like {query} (similarity {similarity}).",
        "looks_like_item": "It looks like {like} (similarity {similarity}).",
        "looks_like_picture": "It looks like the picture that was sent (similarity {similarity}).",
        "near_by_field": "Its {field} vector is near the one that was sent (score {similarity}).",
        "near_item_by_field": "Its {field} vector is near that of {like} (score {similarity}).",
        "near_m": "It is {metres} m from here.",
        "near_km": "It is {km} km from here.",
        "liked_around": "It is liked around here.",
        "opened_together": "People who opened {item} opened this too.",
        "because_opened": "Because you opened {item}: people who did opened this too.",
        "like_opened": "You opened {item}, and this is similar.",
        "often_tag": "You often open items tagged {value} ({num} of your last {of}).",
        "often_category": "You often open items of {value} ({num} of your last {of}).",
        "often_attribute": "You often open items whose {field} is {value} ({num} of your last {of}).",
        "profile_says": "Your profile says that you like {value}.",
        "taste": "It is close to what you like (similarity {similarity}).",
        "trending_one": "Somebody was interested in it in the last {hours} hours.",
        "trending_many": "{num} people were interested in it in the last {hours} hours.",
        "popular": "It is popular (popularity {popularity}).",
        "newest": "It is among the newest.",
        "listed": "Nothing was asked for, so everything is listed.",
        "and": "{first} and {last}",
        "quote": "“{text}”",
    }
}
LONGEST_QUOTE = 60
REMEMBERED = 4_096


# One answer says the same few things of many hits: what was said is remembered.
@lru_cache(REMEMBERED)
def sentence(language: str, code: str, **values: str) -> str:
    """Return the sentence of this code, in English where the language has none."""
    return _table(language)[code].format(**values)


@lru_cache(REMEMBERED)
def quote(language: str, text: str) -> str:
    """Return the text in the language's quotation marks, cut where it is long."""
    short = text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1].rstrip() + "…"
    return sentence(language, "quote", text=short)


@lru_cache(REMEMBERED)
def quote_all(language: str, words: tuple[str, ...]) -> str:
    """Return the words quoted and joined as the language joins them."""
    quoted = [quote(language, word) for word in words]
    if len(quoted) == 1:
        return quoted[0]
    return sentence(language, "and", first=", ".join(quoted[:-1]), last=quoted[-1])


def _table(language: str) -> Mapping[str, str]:
    return SENTENCES.get(language, SENTENCES[ENGLISH])
