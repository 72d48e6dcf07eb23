"""Tests under which keys a person is found."""

from __future__ import annotations

from indexes.behavior.identities import Identities, key_of


def test_the_most_certain_name_is_the_key() -> None:
    """A user goes before a device, a device before a session."""
    assert key_of("u", "d", "s") == "u:u"
    assert key_of(None, "d", "s") == "d:d"
    assert key_of(None, None, "s") == "s:s"
    assert key_of(None, None, None) is None


def test_the_last_link_of_a_device_counts() -> None:
    """A device that is given away takes its acts along."""
    people = Identities()
    people.link("pad", "ann")
    people.link("phone", "ann")
    assert people.keys("ann", None, None) == ("u:ann", "d:pad", "d:phone")
    assert people.keys(None, "pad", "s") == ("u:ann", "d:pad", "d:phone", "s:s")
    people.link("pad", "ben")
    assert people.keys("ann", "pad", None) == ("u:ann", "d:phone")
    assert people.person("d:pad") == "u:ben"
    people.forget("ben")
    assert people.keys(None, "pad", None) == ("d:pad",)
    assert people.person("d:pad") == "d:pad"
