"""Features: one declarative list for logging, training and serving; importing it declares them."""

from app.ranking.features import branches, item, people, query, words

__all__ = ["branches", "item", "people", "query", "words"]
