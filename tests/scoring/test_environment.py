"""Surroundings that fail are waited for, and never make a point invalid."""

from __future__ import annotations

import errno
import os
import socket
import time
import urllib.error
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pytest
import torch

import blackbox as bb
from blackbox.scoring import environment
from blackbox.scoring.columns import is_out_of_memory
from tests.conftest import bowl, notes_of


class Requests(OSError):
    """As the library `requests` derives its errors: an OSError without a number."""

    class HTTPError(OSError):
        def __init__(self, status: int) -> None:
            super().__init__(f"status {status}")
            self.response = type("Response", (), {"status_code": status})

    ConnectionError = type("ConnectionError", (OSError,), {})
    ConnectTimeout = type("ConnectTimeout", (type("Timeout", (OSError,), {}),), {})
    InvalidURL = type("InvalidURL", (OSError, ValueError), {})


def os_error(name: str) -> OSError:
    return OSError(getattr(errno, name), os.strerror(getattr(errno, name)))


def http(status: int) -> urllib.error.HTTPError:
    return urllib.error.HTTPError("http://x", status, "", None, None)  # type: ignore[arg-type]


SURROUNDINGS: list[Exception] = [
    bb.TryAgain("the licence server restarts"),
    ConnectionError("gone"),
    ConnectionRefusedError(errno.ECONNREFUSED, "refused"),
    BrokenPipeError(errno.EPIPE, "broken"),
    TimeoutError("too late"),
    socket.gaierror(-3, "no name"),
    MemoryError("cannot"),
    torch.OutOfMemoryError("CUDA out of memory"),
    RuntimeError("CUDA out of memory"),
    urllib.error.URLError(os_error("ECONNREFUSED")),
    urllib.error.URLError("no route"),
    http(503),
    http(429),
    Requests.ConnectionError("refused"),
    Requests.ConnectTimeout("late"),
    Requests.HTTPError(502),
    *map(os_error, ["ENOSPC", "EDQUOT", "EIO", "ESTALE", "ENETUNREACH", "EHOSTUNREACH", "EMFILE"]),
    *map(os_error, ["EAGAIN", "EBUSY", "ETIMEDOUT", "ENOMEM"]),
]
POINTS: list[Exception] = [
    ValueError("no molecule"),
    RuntimeError("a bug"),
    ZeroDivisionError(),
    OSError("of no kind"),
    http(404),
    urllib.error.URLError(FileNotFoundError(errno.ENOENT, "none")),
    Requests.HTTPError(404),
    Requests.InvalidURL("htp:/"),
    *map(os_error, ["ENOENT", "EACCES", "EISDIR", "ENOTDIR", "EEXIST", "EPERM", "EINVAL"]),
]
SPACE = bb.Space.normal(3)


def named(error: Exception) -> str:
    return f"{type(error).__name__} {error}"[:40]


@pytest.fixture(autouse=True)
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    return pauses


class Failing:
    """Raises where x0 > 0.5, so many times, once the probe is over; and then works."""

    def __init__(self, error: Exception, times: float) -> None:
        self.error, self.times, self.armed, self.calls = error, times, False, 0

    def __call__(self, x: Any) -> None:
        self.calls += 1
        if self.armed and self.times > 0 and float(x.reshape(-1, 3)[:, 0].max()) > 0.5:
            self.times -= 1
            raise self.error


def one(x: Any) -> float:
    return float(bowl(np.asarray(x)))


# Where a function fails, what is asked, and whether batches are scored.
PLACES: dict[str, tuple[str, Any, bool | None]] = {
    "decoder": ("decoder", bowl, None),
    "decoder for one": ("decoder", one, False),
    "scorer": ("scorer", bowl, None),
    "scorer of arrays": ("scorer", lambda x: bowl(np.asarray(x)), None),
    "scorer of one": ("scorer", one, False),
}


def objective(place: str, failing: Failing, **settings: Any) -> bb.Objective:
    where, score, batched = PLACES[place]

    def scorer(x: Any) -> Any:
        if where == "scorer":
            failing(x)
        return score(x)

    def decoder(z: torch.Tensor) -> torch.Tensor:
        if where == "decoder":
            failing(z.detach())
        return z * 1.0

    made = bb.Objective(
        bb.Scorer(scorer, batched=batched, **settings), decoder, SPACE, name="failing"
    )
    assert made.facts.batched == (batched is not False)
    failing.armed = True
    return made


@pytest.mark.slow
@pytest.mark.parametrize("error", SURROUNDINGS, ids=named)
@pytest.mark.parametrize("place", PLACES)
def test_surroundings_that_come_back_cost_no_point(
    place: str, error: Exception, slept: list[float]
) -> None:
    failing = Failing(error, 3)
    made = objective(place, failing)
    z = SPACE.sample(np.random.default_rng(0), 12)
    answer = made.evaluate(bb.Ask(z))
    assert answer.valid.all()
    assert answer.score == pytest.approx(bowl(z), rel=1e-5)
    if is_out_of_memory(error):
        return  # smaller calls come first
    assert slept == [0.5, 1.0, 2.0]


@pytest.mark.slow
@pytest.mark.parametrize("error", SURROUNDINGS, ids=named)
@pytest.mark.parametrize("place", PLACES)
def test_surroundings_that_stay_away_are_an_error_and_no_point(
    place: str, error: Exception, slept: list[float]
) -> None:
    made = objective(place, Failing(error, np.inf), retries=2)
    z = SPACE.sample(np.random.default_rng(0), 12)
    with pytest.raises(bb.Unavailable) as caught:
        made.evaluate(bb.Ask(z))
    raised = f"raised {type(error).__name__}: {error}; that is a failure of its surroundings"
    assert f"was tried 3 times in 0.0 s, and {raised}" in str(caught.value)
    assert caught.value.__cause__ is error
    assert slept == [0.5, 1.0]


@pytest.mark.parametrize("error", POINTS, ids=named)
@pytest.mark.parametrize("place", PLACES)
def test_all_else_is_the_points(place: str, error: Exception, slept: list[float]) -> None:
    made = objective(place, Failing(error, np.inf))
    z = SPACE.sample(np.random.default_rng(0), 12)
    answer = made.evaluate(bb.Ask(z))
    assert np.array_equal(answer.valid, z[:, 0] <= 0.5)
    assert type(error).__name__ in notes_of(answer)[~answer.valid][0]
    assert not slept


def test_of_chained_errors_the_outer_one_counts(slept: list[float]) -> None:
    def chained(outer: Exception) -> Callable[[Any], Any]:
        def score(x: Any) -> Any:
            try:
                raise ConnectionError if isinstance(outer, ValueError) else KeyError
            except (ConnectionError, KeyError) as inner:
                raise outer from inner

        return score

    z = np.zeros((1, 3))
    made = bb.Objective(bb.Scorer(bowl, retries=1), space=SPACE, name="chained")
    made.facts  # noqa: B018 - the probe is over
    made.scorer.function = chained(ValueError("no answer"))
    assert notes_of(made.evaluate(bb.Ask(z)))[0] == "ValueError: no answer"
    made.scorer.function = chained(bb.TryAgain("no answer"))
    with pytest.raises(bb.Unavailable, match="TryAgain: no answer"):
        made.evaluate(bb.Ask(z))


@pytest.mark.parametrize("order", [0, 1])
def test_a_slope_that_needs_its_surroundings_waits_for_them(
    order: Literal[0, 1], slept: list[float]
) -> None:
    times = [0]

    class Remote(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
            ctx.save_for_backward(x)
            return -((x - 0.5) ** 2).sum(-1)

        @staticmethod
        def backward(ctx: Any, grad: torch.Tensor) -> torch.Tensor:
            if times[0] > 0:
                times[0] -= 1
                raise ConnectionError("gone")
            (x,) = ctx.saved_tensors
            slope: torch.Tensor = grad[:, None] * 2 * (0.5 - x)
            return slope

    made = bb.Objective(bb.Scorer(Remote.apply, retries=3), space=SPACE, name="remote")
    assert made.facts.scorer_differentiable
    z = SPACE.sample(np.random.default_rng(0), 9)
    times[0] = 3
    answer = made.evaluate(bb.Ask(z, order))
    assert answer.valid.all()
    assert len(slept) == 3 * order
    if order:
        assert answer.grad == pytest.approx(2 * (0.5 - z))
        times[0] = 4
        with pytest.raises(bb.Unavailable):
            made.evaluate(bb.Ask(z, 1))


def test_other_messages_wait_too(slept: list[float]) -> None:
    failing = Failing(bb.TryAgain("soon"), 2)
    made = objective("decoder", failing)
    z = np.ones((2, 3))
    assert made.evaluate(bb.Decode(z)).x.tolist() == z.tolist()
    failing.times = 2
    assert made.evaluate(bb.PullBack(z, z)).pulled.tolist() == z.tolist()
    failing.times = np.inf
    for message in (bb.Decode(z), bb.PullBack(z, z)):
        with pytest.raises(bb.Unavailable, match="decoder"):
            made.evaluate(message)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("error", [bb.TryAgain("soon"), MemoryError("cannot")], ids=named)
def test_a_probe_waits_and_does_not_blame_the_function(
    place: str, error: Exception, slept: list[float]
) -> None:
    where, score, batched = PLACES[place]
    failing = Failing(error, 2)
    failing.armed = True

    def anywhere(x: Any) -> Any:
        failing(np.ones(3))
        return score(x)

    def decoder(z: torch.Tensor) -> torch.Tensor:
        failing(np.ones(3))
        return z * 1.0

    def made() -> bb.Objective:
        scorer = anywhere if where == "scorer" else score
        return bb.Objective(
            bb.Scorer(scorer, batched=batched, retries=3),
            decoder if where == "decoder" else None,
            SPACE,
            name="failing",
        )

    assert made().facts.batched == (batched is not False)
    failing.times = np.inf
    slept.clear()
    with pytest.raises(bb.Unavailable, match=rf"{where}.*tried 4 times.*not of the function"):
        bb.compare(made(), "random_search", 10, seeds=1)
    assert slept == [0.5, 1.0, 2.0]


def test_a_study_is_not_said_to_be_another_one_while_its_scorer_is_away() -> None:
    failing = Failing(ConnectionError("gone"), np.inf)
    made = bb.Objective(bb.Scorer(bowl, retries=0), space=SPACE, name="bowl")
    facts = made.facts
    failing.armed = True

    def away(x: Any) -> Any:
        failing(np.ones(3))
        return bowl(x)

    again = bb.Objective(bb.Scorer(away, retries=0), space=SPACE, name="bowl")
    with pytest.raises(bb.Unavailable):
        again.agrees_with(facts)


@pytest.mark.parametrize("retries", [-1, 1.5, True, "3"])
def test_retries_are_a_whole_number(retries: Any) -> None:
    with pytest.raises(bb.ObjectiveError, match="retries must be a whole number >= 0"):
        bb.Scorer(bowl, retries=retries)


def test_a_pause_is_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(environment, "FIRST_PAUSE", 0.01)
    clock = time.monotonic()
    made = objective("scorer", Failing(bb.TryAgain("soon"), np.inf), retries=2)
    with pytest.raises(bb.Unavailable, match="tried 3 times"):
        made.evaluate(bb.Ask(np.ones((1, 3))))
    assert 0.03 <= time.monotonic() - clock < 5
