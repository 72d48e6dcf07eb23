"""What the one place that knows the database's dialect promises."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.domain.errors import InvalidInput
from app.store.dialect import connect, insert_or_keep, insert_or_replace, writing
from app.store.schema import METADATA, documents


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("no url", "not a database URL"),
        ("mysql://host/db", "no support for 'mysql'"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
    ],
)
def test_unusable_urls(url: str, message: str) -> None:
    """A URL that cannot hold a durable log is refused by the setting's name."""
    with pytest.raises(InvalidInput, match=message) as refused:
        connect(url)
    assert refused.value.field == "store_url"


def test_upserts(tmp_path: object) -> None:
    """Replacing writes over a row with the same key, keeping leaves it as it is."""
    engine = connect(f"sqlite:///{tmp_path}/a.db")
    METADATA.create_all(engine)
    with writing(engine) as connection:
        connection.execute(insert_or_replace(documents), {"id": "a", "lsn": 1, "body": "one"})
        connection.execute(insert_or_replace(documents), {"id": "a", "lsn": 2, "body": "two"})
        connection.execute(insert_or_keep(documents), {"id": "a", "lsn": 3, "body": "three"})
    with engine.connect() as connection:
        assert [tuple(row) for row in connection.execute(select(documents))] == [("a", 2, "two")]
    engine.dispose()
