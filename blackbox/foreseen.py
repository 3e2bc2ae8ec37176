"""What a study would take where latents are long: said in words before anything is paid for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from blackbox import registry
from blackbox.machine import memory_bytes
from blackbox.plan import RunSpec
from blackbox.protocol import Capability, Strategy, needs
from blackbox.runtime.data_points import FEWEST, MOST_BYTES
from blackbox.scoring.objective import Objective
from blackbox.scoring.offers import instead
from blackbox.strategies.demands import demands_of

NUMBER = 8  # bytes
# Multiplications of a core in a second, in matrices that are no longer in its cache.
PACE = 1e9
# What is worth a word: bytes beyond those of the packages, and seconds of thinking in a run.
MUCH, LONG = 2e9, 600.0
UNITS = (("days", 86_400.0), ("hours", 3_600.0), ("minutes", 60.0))


def obstacle(
    objective: Objective, strategy: Strategy, budget: float, offered: frozenset[Capability]
) -> str:
    """Why a strategy cannot search an objective, or not on this machine; "" where it can."""
    missing = needs(strategy) - offered
    if not missing:
        return too_large(strategy, objective.space.dim, budget)
    need = min(missing, key=lambda capability: capability.name)
    why = f"{objective.lacks(need)}; {instead(need)}"
    return f"{registry.label(strategy)} needs {need.value}, but {why}"


def too_large(strategy: Strategy, dim: int, budget: float) -> str:
    """Why there is no room for a search; "" where there is."""
    for demand in demands_of(strategy):
        held, there = NUMBER * demand.numbers(dim, budget), memory_bytes()
        if held > there:
            return (
                f"{registry.label(strategy)} holds {demand.what}: {_bytes(held)} at d = {dim:,}, "
                f"and this machine has {_bytes(there)}; take a search that holds points only, "
                "such as sep_cma_es, snes or one_plus_one"
            )
    return ""


def notices(objectives: Iterable[Objective], specs: Iterable[RunSpec]) -> tuple[str, ...]:
    """What runs will take, in words, where that is much."""
    all_, specs = list(objectives), list(specs)
    cells: dict[tuple[str, str], list[RunSpec]] = {}
    for spec in specs:
        cells.setdefault((spec.name, registry.label(spec.strategy)), []).append(spec)
    dims = {objective.name: objective.space.dim for objective in all_}
    each = (of_search(*cell, dims[cell[0]], runs[0]) for cell, runs in cells.items())
    counts = Counter(name for (name, _), runs in cells.items() for _ in runs)
    budgets = {name: runs[0].budget for (name, _), runs in cells.items()}
    records = (of_records(name, dims[name], budgets[name], n) for name, n in counts.items())
    objects = (of_objects(one, [spec for spec in specs if spec.name == one.name]) for one in all_)
    return tuple(filter(None, (*each, *records, *objects)))


def of_search(objective: str, name: str, dim: int, spec: RunSpec) -> str:
    """What a run of a search takes beyond its points, where that is much; "" where it is not."""
    demands = demands_of(spec.strategy)
    if not demands:
        return ""
    held = NUMBER * max(each.numbers(dim, spec.budget) for each in demands)
    longest = max(demands, key=lambda each: each.work(dim, spec.budget))
    seconds = longest.work(dim, spec.budget) / PACE
    takes = [_bytes(held)] if held > MUCH else []
    takes += [f"about {_time(seconds)} of thinking"] if seconds > LONG else []
    if not takes:
        return ""
    return (
        f"a run of {name} on {objective} (d = {dim:,}, {spec.budget:g} units) takes "
        f"{' and '.join(takes)}: {longest.what}"
    )


def of_records(objective: str, dim: int, budget: float, runs: int) -> str:
    """What the latents of all runs take, where that is much; "" where it is not."""
    held = NUMBER * dim * budget * runs
    if held <= MUCH:
        return ""
    return (
        f"the latents of {runs} runs on {objective} (d = {dim:,}, up to {budget:g} in each) take "
        f"{_bytes(held)} of memory, and as much on disk; fewer seeds at a time take less at once"
    )


def of_objects(objective: Objective, specs: Sequence[RunSpec]) -> str:
    """What objects take that runs ask in data space, where that is much; "" where it is not."""
    asking = [spec for spec in specs if Capability.DATA in needs(spec.strategy)]
    size = NUMBER * objective.facts.object_numbers
    if not (asking and size):
        return ""
    sloped = [Capability.DATA_GRADIENT in needs(spec.strategy) for spec in asking]
    asked = [size * spec.budget for spec in asking]
    at_most = max(MOST_BYTES, FEWEST * size)
    held = sum(min(each, at_most) for each in asked)
    written = sum(each * (1 + slope) for each, slope in zip(asked, sloped, strict=True))
    if max(held, written) <= MUCH:
        return ""
    thinned = (
        f"; a run keeps {_bytes(at_most)} of them, its start, its best and some of the path between"
        if max(asked) > at_most
        else ""
    )
    return (
        f"{len(asking)} runs ask {objective.name} for objects of {size // NUMBER:,} numbers each, "
        f"which take up to {_bytes(held)} of memory{thinned}. In a folder, journals of runs that "
        f"have not ended take up to {_bytes(written)}; fewer seeds at a time take less at once"
    )


def _bytes(many: float) -> str:
    return f"{many / 1e9:,.0f} GB" if many >= 1e10 else f"{many / 1e9:.1f} GB"


def _time(seconds: float) -> str:
    """One digit: it is a guess."""
    unit, size = next((unit, size) for unit, size in UNITS if seconds >= 2 * size)
    return f"{float(f'{seconds / size:.1g}'):,.0f} {unit}"
