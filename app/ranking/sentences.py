"""Holds the sentences of reasons, by language and code."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

ENGLISH: Final = "en"
CHINESE: Final = "zh"
OTHER_EAST_ASIAN: Final = frozenset({"HIRAGANA", "KATAKANA", "HANGUL"})

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
        "recent": "It is recent.",
        "chosen_before": "You chose it before.",
        "listed": "Nothing was asked for, so everything is listed.",
        "and": "{first} and {last}",
        "quote": "“{text}”",
    },
    CHINESE: {
        "exact_title": "标题正是{query}。",
        "title_words": "标题含有{words}。",
        "tag_words": "标签含有{words}。",
        "text_words": "正文含有{words}。",
        "like_words": "含有与{query}写法相近的词。",
        "meaning": "含义与{query}相近（相似度 {similarity}）。",
        "similar_to": "与{like}相似（相似度 {similarity}）。",
        "looks": "看起来像{query}（相似度 {similarity}）。",
        "looks_like_item": "看起来像{like}（相似度 {similarity}）。",
        "looks_like_picture": "看起来像所上传的图片（相似度 {similarity}）。",
        "near_by_field": "它的{field}向量与所给向量相近（得分 {similarity}）。",
        "near_item_by_field": "它的{field}向量与{like}的相近（得分 {similarity}）。",
        "near_m": "距此处 {metres} 米。",
        "near_km": "距此处 {km} 公里。",
        "liked_around": "这一带的人喜欢它。",
        "opened_together": "打开{item}的人也打开了它。",
        "because_opened": "因为您打开过{item}：打开它的人也打开了这个。",
        "like_opened": "您打开过{item}，这个与它相似。",
        "often_tag": "您常打开带{value}标签的内容（最近 {of} 次中有 {num} 次）。",
        "often_category": "您常打开{value}的内容（最近 {of} 次中有 {num} 次）。",
        "often_attribute": "您常打开{field}为{value}的内容（最近 {of} 次中有 {num} 次）。",
        "profile_says": "您的资料说您喜欢{value}。",
        "taste": "与您的喜好相近（相似度 {similarity}）。",
        "trending_one": "最近 {hours} 小时内有人对它感兴趣。",
        "trending_many": "最近 {hours} 小时内有 {num} 人对它感兴趣。",
        "popular": "很受欢迎（热度 {popularity}）。",
        "newest": "属于最新的内容。",
        "recent": "是近期的内容。",
        "chosen_before": "您以前选过它。",
        "listed": "没有输入查询，因此列出全部内容。",
        "and": "{first}和{last}",
        "quote": "「{text}」",
    },
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


def language_of(scripts: frozenset[str]) -> str:
    """Return the language that reasons for a query in these scripts are given in.

    Chinese characters without Japanese or Korean letters beside them are taken for Chinese.
    """
    return CHINESE if "CJK" in scripts and scripts.isdisjoint(OTHER_EAST_ASIAN) else ENGLISH


def _table(language: str) -> Mapping[str, str]:
    return SENTENCES.get(language, SENTENCES[ENGLISH])
