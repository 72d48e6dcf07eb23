"""Facets count the list, by fields that can be counted."""

import numpy as np
import pytest

from app.domain.errors import InvalidInput
from app.domain.search import FacetValue
from app.search.facets import check_facets, count_facets
from tests.app.search.fakes import icons


def test_values_are_counted_over_the_list() -> None:
    """Each value with how many of the listed items have it, a repeated field once."""
    counted = count_facets(("category", "category"), np.array([0, 1, 2], np.int32), icons())
    assert counted == {"category": (FacetValue("even", 2), FacetValue("odd", 1))}


def test_plain_fields_and_attributes_can_be_counted() -> None:
    """Every filterable field but the id, and any attribute."""
    check_facets(("category", "tags", "attributes.family"))


@pytest.mark.parametrize("name", ["colour", "id", "attributes.", "location"])
def test_an_unknown_field_is_refused_by_its_place(name: str) -> None:
    """The field of the error says which facet it was."""
    with pytest.raises(InvalidInput) as caught:
        check_facets(("tags", name))
    assert caught.value.field == "facets[1]"
