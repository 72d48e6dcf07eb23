"""Says what a sampler is, a table of weights, and advances a batch in which every row has its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Row:
    """One model evaluation and the linear update that follows it.

    The state entering the row is `clean + sigma * noise`; the model is evaluated on it at `sigma`, then

        next state = state·x + anchor·a + denoised·D(x; sigma) + previous·D_before + noise·z

    with z a fresh standard normal, needed only when the weight `noise` is not zero. The next row's
    `previous` is always this row's D. The anchor is the one other tensor a request carries:
    `anchor_from` says what the next row finds in it.

    - "anchor": what was there; the choice of one-step and two-step methods, which never look at it.
    - "state": the state entering this row, x. Heun's second stage starts from it.
    - "previous": D_before, so that the next row sees the last three D. UniPC's corrector needs them.

    Noise added *before* an evaluation (churn) is the noise weight of the row before: the state then
    arrives at the raised level. The first row has none before it: `Table.start` is already raised.

    `target` is the level that a few-step network is told to arrive at; None asks the denoiser itself.
    """

    sigma: float
    state: float
    denoised: float
    anchor: float = 0.0
    previous: float = 0.0
    noise: float = 0.0
    anchor_from: Literal["anchor", "state", "previous"] = "anchor"
    target: float | None = None

    @property
    def draws(self) -> bool:
        """Whether the update needs fresh noise."""
        return self.noise != 0.0


@dataclass(frozen=True, slots=True)
class Table:
    """A sampler compiled for one noise grid; its length is its exact cost in model evaluations.

    start: standard deviation of the noise in the initial state, `clean + start * noise`. It is
           `rows[0].sigma` unless the sampler inflates its own noise (churn with s_noise not 1).
    rows:  the evaluations in order. After the last one the state is the finished clean estimate.
    """

    start: float
    rows: tuple[Row, ...]

    def remaining(self, position: int) -> int:
        """Model evaluations left once `position` rows are done."""
        return len(self.rows) - position


def advance(
    rows: Sequence[Row], *, state: Tensor, anchor: Tensor, denoised: Tensor, previous: Tensor, noise: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Apply row i of `rows` to row i of the batch; return the next (state, anchor, previous).

    All tensors are (B, ...) of one floating dtype. Before a table's first row `anchor` and `previous`
    are zeros; where a row does not draw, its `noise` is zeros (any finite value gives the same).
    Each product and each sum is one elementwise operation, rounded once: a row's bits do not depend
    on its batch mates. Raises ValueError when the number of rows is not B.
    """
    if len(rows) != len(state):
        raise ValueError(f"{len(rows)} rows for a batch of {len(state)}")
    weights = [[row.state, row.anchor, row.denoised, row.previous, row.noise] for row in rows]
    columns = state.new_tensor(weights).reshape(len(rows), 5, *[1] * (state.ndim - 1)).unbind(1)
    following = columns[0] * state  # (B, ...)
    for weight, term in zip(columns[1:], (anchor, denoised, previous, noise), strict=True):
        following = following + weight * term
    return following, _next_anchor(state, anchor, previous, rows), denoised


def _next_anchor(state: Tensor, anchor: Tensor, previous: Tensor, rows: Sequence[Row]) -> Tensor:
    kept = anchor
    for source, name in ((state, "state"), (previous, "previous")):
        chosen = [i for i, row in enumerate(rows) if row.anchor_from == name]
        if chosen:
            kept = kept.clone() if kept is anchor else kept
            kept[chosen] = source[chosen]
    return kept
