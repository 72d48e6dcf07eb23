"""Sentences speak the language they are asked for as far as it is known."""

from app.ranking.sentences import LONGEST_QUOTE, SENTENCES, quote, quote_all, sentence


def test_every_language_has_every_sentence() -> None:
    """No language lacks a sentence that another has."""
    codes = {language: set(table) for language, table in SENTENCES.items()}
    assert all(known == codes["en"] for known in codes.values())


def test_an_unknown_language_falls_back_to_english() -> None:
    """Where a language is not known, the sentence is English."""
    assert sentence("tlh", "title_words", words="“a”") == "The title has “a”."


def test_words_are_joined_as_in_a_sentence() -> None:
    """One word stands alone, several are listed with an `and`."""
    assert quote_all("en", ("home",)) == "“home”"
    assert (
        quote_all(
            "en",
            (
                "home",
                "sweet",
                "house",
            ),
        )
        == "“home”, “sweet” and “house”"
    )


def test_a_long_text_is_cut() -> None:
    """A quotation is never longer than its limit."""
    assert quote("en", "x" * 500) == "“" + "x" * (LONGEST_QUOTE - 1) + "…”"
    assert quote("en", "x" * LONGEST_QUOTE) == "“" + "x" * LONGEST_QUOTE + "”"
