"""Judges pictures of (concept, style) pairs: is it the concept, is it the style, is it both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.evaluate.shares import Share, share_of
from models.icons.captions import PLAIN, caption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.evaluate.judge import Judge, Looks
    from models.evaluate.styles import StyleReader
    from models.icons import Icon

AMONG = 100
CLUSTER = 5  # prompts that are alike, side by side in one group: the hard negatives


@dataclass(frozen=True, slots=True)
class Verdict:
    """Shares of pictures, each judged among the `AMONG` of its group, or all when they are fewer.

    first: its full caption matches best (R@1). concept: its bare title matches best. style: its family and
    weight are read off it. both: concept and style.
    """

    first: Share
    concept: Share
    style: Share
    both: Share


def style_of(icon: Icon) -> str:
    """Return the name of an icon's style: `Phosphor bold`."""
    return f"{icon.family} {icon.weight}"


def prompt_of(icon: Icon) -> str:
    """Return the full caption in black on white, which every pair is asked for by."""
    return caption(icon, PLAIN)


def grouped(icons: Sequence[Icon], sentences: np.ndarray, seed: int = 0) -> list[Icon]:
    """Order icons so that every `CLUSTER` in a row have titles alike, by unit vectors (N, d) of titles.

    Clusters follow in mixed order; what does not fill a group of `AMONG` is left out, unless there
    is no whole group.
    """
    random = np.random.default_rng(seed)
    free, clusters = np.ones(len(icons), dtype=bool), []
    for anchor in random.permutation(len(icons)):
        if not free[anchor]:
            continue
        alike = np.where(free, sentences @ sentences[anchor], -np.inf)
        alike[anchor] = np.inf
        members = [int(i) for i in np.argsort(-alike, kind="stable")[:CLUSTER] if free[i]]
        free[members] = False
        clusters.append(members)
    whole = [clusters[i] for i in random.permutation(len(clusters)) if len(clusters[i]) == CLUSTER]
    order = [i for cluster in whole for i in cluster]
    return [icons[i] for i in order[: max(1, len(order) // AMONG) * AMONG]]


def judged(icons: Sequence[Icon], looks: Looks, judge: Judge, styles: StyleReader) -> Verdict:
    """Judge what was seen of pictures of icons in the order of `grouped`."""
    told, named = judge.texts([prompt_of(i) for i in icons]), judge.texts([i.title for i in icons])
    seen = judge.pictures(looks.features)
    first, concept = [], []
    for start in range(0, len(icons), AMONG):
        rows = slice(start, start + AMONG)
        titles = [icon.title for icon in icons[rows]]
        first += [int(best) == i for i, best in enumerate((seen[rows] @ told[rows].T).argmax(1))]
        best = (seen[rows] @ named[rows].T).argmax(1)
        concept += [titles[place] == title for place, title in zip(best, titles, strict=True)]
    read = styles.read(looks.both)
    style = [found == style_of(icon) for found, icon in zip(read, icons, strict=True)]
    both = np.array(concept) & np.array(style)
    return Verdict(*(share_of(np.array(right)) for right in (first, concept, style, both)))
