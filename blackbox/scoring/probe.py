"""What an objective can do, found out once by trying it on a few draws of its prior.

At most 32 objects are called where they are dear. The same draws are asked in several batches, such
as {a, b, c}, {b, a} and {b}: that tells a function of one object from one of a batch, what depends
on company, and what is noisy. Everything that the calls changed is undone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from blackbox.errors import ObjectiveError, UnusableObjective
from blackbox.scoring.arrays import REAL, taken, to_numpy
from blackbox.scoring.batching import MOST, one_thread
from blackbox.scoring.company import (
    Closeness,
    cause_of_company,
    gap,
    standard_deviation,
)
from blackbox.scoring.decoding import Decoding, Drawn
from blackbox.scoring.facts import FREE, Facts, power_of_ten
from blackbox.scoring.forms import Caller, Found, find, telling_sizes
from blackbox.scoring.isolation import Chance, home, left_as_found, training_parts
from blackbox.scoring.pipeline import Pipeline, functions_of, object_shape
from blackbox.scoring.shapes import batching_of
from blackbox.scoring.slopes import sloped

# Scores of the first draws that tell an edited scorer from the old one.
REMEMBERED = 2
# A batch is asked so often again where it turned out noisy: some 12 degrees of freedom.
REPEATS = 2
# Where that costs next to nothing, more of it is asked, more often.
MANY_REPEATS, MANY_ROWS = 8, 64
# Seconds of an object at which a slow first call would decide, and calls that are then made anew.
UNSURE, WARMING = (1e-3, 1e-2), 4
# Objects that the probe calls where they are dear.
MOST_CALLED = 32
# Differences of two scores of a dozen rows hardly ever reach so many standard deviations.
FAR = 6 * np.sqrt(2)


def probe(pipeline: Pipeline, noise: bool | None = None) -> Facts:
    """Try the functions on prior draws; `noise` declares that a score may differ every time.

    Raises ObjectiveError where nothing works, and where a score depends on its company.
    """
    functions = functions_of(pipeline).values()
    own_dtype, own_device = home(pipeline.decoder or pipeline.scorer.function)
    device = torch.device(pipeline.device or own_device or "cpu")
    # Networks are float32 by habit; a function without a decoder deserves double precision.
    either = (torch.float64, torch.float32)
    habit = own_dtype or either[pipeline.decoder is not None]
    dtypes = [pipeline.dtype] if pipeline.dtype else [habit, *(t for t in either if t != habit)]
    draws = pipeline.space.sample(np.random.default_rng(0), MOST)
    errors: list[Exception] = []
    with one_thread(), left_as_found(*functions):
        for dtype in dtypes:
            points = torch.tensor(draws, dtype=dtype, device=device)
            try:
                return _Probe(pipeline, points).facts(noise)
            except UnusableObjective:
                raise
            except Exception as error:
                errors.append(error)
    # A complaint about shapes tells more than the type mismatch that a second dtype ran into.
    complaints = [error for error in errors if isinstance(error, ObjectiveError)]
    raise (complaints or errors)[0]


class _Probe:
    """One pass over the functions, with points of one dtype."""

    def __init__(self, pipeline: Pipeline, draws: torch.Tensor) -> None:
        self.pipeline, self.draws = pipeline, draws
        self.decode, self.score = Decoding(pipeline, draws), Caller(pipeline.scorer)

    def facts(self, declared_noise: bool | None) -> Facts:
        """All that is found out."""
        drawn = self.decode.drawn()
        objects = self.pipeline.seen(drawn.points, drawn.objects)
        found = find(self.score, objects, self.decode.most)
        closeness = Closeness(self.pipeline, drawn.points, drawn.objects, found.values)
        values = self._as_most_calls_want(found, drawn)
        noise, source = self._noise(found, drawn, values, closeness, declared_noise)
        self._refuse_company(found, drawn, values, closeness, noise)
        scores = () if source else tuple(self._combined(values)[:REMEMBERED].tolist())
        points = drawn.points
        facts = Facts(
            kind=found.form.kind,
            batched=found.form.batched,
            dtype=points.dtype,
            device=points.device,
            cast=found.form.cast,
            changes_objects=self.score.changes_objects,
            with_gradients=self.decode.with_gradients or self.score.with_gradients,
            decoder_differentiable=drawn.differentiable,
            decodes_arrays=_are_numbers(drawn.plain),
            noise=noise,
            noise_from=source,
            scores=scores,
        )
        facts = replace(facts, **sloped(self.pipeline, self.decode, self.score, drawn, found))
        self._warm_up(found, drawn)
        seconds = self._seconds()
        facts = replace(facts, seconds=seconds, dear=seconds > FREE)
        batching, multiple = batching_of(self.pipeline, facts, self.draws)
        called = max(self.decode.called, self.score.called)
        return replace(facts, batching=batching, scorer_multiple=multiple, probed=called)

    def _as_most_calls_want(self, found: Found, drawn: Drawn) -> NDArray[np.float64]:
        """Values of the same objects once more, without gradients."""
        seen = taken(self.pipeline.seen(drawn.points.detach(), drawn.plain), found.rows)
        try:
            return self._asked(found, seen)
        except ObjectiveError:
            raise
        except Exception:
            if found.form.offer != "gradient":
                raise
        self.score.with_gradients = True  # it takes a gradient inside
        return self._asked(found, seen)

    def _asked(self, found: Found, seen: Any) -> NDArray[np.float64]:
        """Values of objects as they will be asked."""
        form = found.form
        if form.kind == "torch" and not self.score.with_gradients:
            form = replace(form, offer="torch")
        return to_numpy(self.score(form.prepared(seen), form))

    def _combined(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return to_numpy(self.pipeline.scorer.combined(values))

    def _noise(
        self,
        found: Found,
        drawn: Drawn,
        values: NDArray[np.float64],
        closeness: Closeness,
        declared: bool | None,
    ) -> tuple[float, str]:
        """The sd of a score that is asked again, and where it comes from; (0, "") for none."""
        name, first = self.pipeline.scorer.name, to_numpy(found.values)
        rounding = closeness.rounding(first)
        if gap(first, values) <= rounding:
            return 0.0, "declared, but none was seen" if declared else ""
        training = [] if declared else training_parts(functions_of(self.pipeline))
        if training:
            raise UnusableObjective(
                f"the same object scores differently each time, and {training[0]}: call .eval() on "
                "it, or give noise=True if that is meant"
            )
        if declared is False:
            raise UnusableObjective(
                f"scorer {name} is declared free of noise, but the same batch scored "
                f"{first.ravel()[0]:.6g} and then {values.ravel()[0]:.6g}"
            )
        chance, twice = Chance.now(), list[NDArray[np.float64]]()
        for _ in range(2):
            chance.restore()
            twice.append(self._anew(found, drawn.points.detach()[list(found.rows)]))
        own = gap(*twice) > rounding
        if self._seconds() <= FREE and self.decode.most >= MANY_ROWS:
            rows, more = self.draws[:MANY_ROWS], MANY_REPEATS
            repeats = []
        else:
            rows, more = drawn.points.detach()[list(found.rows)], REPEATS
            repeats = [first, values, twice[0]]
        repeats += [self._anew(found, rows) for _ in range(more)]
        deviation = standard_deviation([self._combined(repeat) for repeat in repeats])
        return deviation, f"from {'a generator of its own' if own else 'the global generators'}"

    def _anew(self, found: Found, points: torch.Tensor) -> NDArray[np.float64]:
        """Values of points that are decoded and scored once more."""
        return self._asked(found, self.pipeline.seen(points, self.decode(points)))

    def _refuse_company(
        self,
        found: Found,
        drawn: Drawn,
        whole: NDArray[np.float64],
        closeness: Closeness,
        noise: float,
    ) -> None:
        """Refuse a function of a batch in which the value of a row depends on the others."""
        rows, scorer = found.rows, self.pipeline.scorer
        if not found.form.batched or self.decode.most == 1 or len(rows) < 2:
            return
        seen = self.pipeline.seen(drawn.points.detach(), drawn.plain)
        _, fewer = telling_sizes(object_shape(seen), scorer.width, len(rows))
        allowed = closeness.company(whole)
        if noise:  # of one criterion among several the sd is not known
            allowed += FAR * noise if scorer.weights is None else np.inf
        for places in ([*range(fewer)][::-1], [1]):
            try:
                part = self._asked(found, taken(seen, [rows[place] for place in places]))
            except ObjectiveError:
                raise
            except Exception:
                part = np.full((len(places), *whole.shape[1:]), np.nan)
            if gap(whole[places], part) > allowed:
                raise UnusableObjective(self._by_company(whole, part, places))

    def _by_company(
        self, whole: NDArray[np.float64], part: NDArray[np.float64], places: list[int]
    ) -> str:
        scorer = self.pipeline.scorer
        apart = np.abs(whole[places] - part).reshape(len(places), -1).max(axis=1)
        worst = int(np.argmax(np.where(np.isnan(apart), np.inf, apart)))
        here, there = (np.array2string(v, precision=6) for v in (part[worst], whole[places[worst]]))
        where = "alone" if len(places) == 1 else f"in a batch of {len(places)}"
        return (
            f"scorer {scorer.name} scores an object by its company: the same object has {here} "
            f"{where} and {there} in a batch of {len(whole)}; "
            f"{cause_of_company({'scorer': scorer.function})}"
        )

    def _seconds(self) -> float:
        """What an object costs, rounded: as declared, or the least that was seen."""
        if self.pipeline.seconds is not None:
            return power_of_ten(self.pipeline.seconds)
        return power_of_ten(self.decode.seconds + self.score.seconds)

    def _warm_up(self, found: Found, drawn: Drawn) -> None:
        """Call a few objects more where it matters whether the first calls were slow by chance."""
        rows = list(found.rows)
        for _ in range(WARMING):
            called = max(self.decode.called, self.score.called) + len(rows)
            if self._seconds() not in UNSURE or called > MOST_CALLED:
                return
            self._anew(found, drawn.points.detach()[rows])


def _are_numbers(objects: Any) -> bool:
    if isinstance(objects, torch.Tensor):
        return objects.is_floating_point()
    return isinstance(objects, np.ndarray) and objects.dtype.kind in REAL
