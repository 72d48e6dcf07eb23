"""The network learns an order, repeats, reads back, and takes its scores apart."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.rank.metrics import ndcg
from models.rank.network import NetworkOptions, NetworkRanker, listwise, train_network
from tests.models.rank.made import world
from tests.models.rank.test_metrics import lists_of

QUICK = NetworkOptions(hidden=(16,), epochs=15, batch_lists=16, learning_rate=5e-3)


@pytest.fixture(scope="module")
def content() -> bytes:
    """A trained network's file."""
    return train_network(world(250).truth(), seed=0, options=QUICK)


def test_it_orders_better_than_what_was_shown(content: bytes) -> None:
    """On lists of another seed what is worth most lies higher than in the shown order."""
    later, model = world(150, seed=8).truth(), NetworkRanker(content)
    assert ndcg(later, model.predict(later.matrix)).mean() > ndcg(later, later.fused).mean() + 0.1


def test_the_same_seed_gives_the_same_bytes(content: bytes) -> None:
    """Training is a function of lists and seed."""
    assert train_network(world(250).truth(), seed=0, options=QUICK) == content


def test_contributions_sum_to_the_score_and_follow_what_matters(content: bytes) -> None:
    """Integrated gradients and the rest are the score; the column that decides gives most."""
    model, rows = NetworkRanker(content), world(30, seed=2).lists.matrix
    given = model.contributions(rows)
    np.testing.assert_allclose(given.sum(axis=1), model.predict(rows), atol=1e-9)
    assert np.abs(given[:, :-1]).mean(axis=0).argmax() == 0
    assert np.ptp(given[:, -1]) < 0.2 * np.ptp(model.predict(rows))


def test_the_listwise_loss_is_the_cross_entropy_of_shares() -> None:
    """For one list it equals -sum p log softmax(s), and a padded row changes nothing."""
    scores = torch.tensor([[1.0, 2.0, 9.0]])
    targets, mask = torch.tensor([[1.0, 3.0, 0.0]]), torch.tensor([[True, True, False]])
    logs = np.log(np.exp([1.0, 2.0]) / np.exp([1.0, 2.0]).sum())
    assert float(listwise(scores, targets, mask)) == pytest.approx(-(0.25 * logs[0] + 0.75 * logs[1]))


def test_what_is_no_network_or_teaches_nothing_is_refused() -> None:
    """Bytes of anything else, and lists without a grade, are named."""
    with pytest.raises(ValueError, match="no network"):
        NetworkRanker(b"nothing of the kind")
    with pytest.raises(ValueError, match="nothing to learn"):
        train_network(lists_of([0, 0]), seed=0)
