"""What a study would take where latents are long: said in words before anything is paid for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from blackbox import registry
from blackbox.machine import memory_bytes
from blackbox.plan import RunSpec
from blackbox.protocol import Capability, Strategy, needs
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
    cells: dict[tuple[str, str], list[RunSpec]] = {}
    for spec in specs:
        cells.setdefault((spec.name, registry.label(spec.strategy)), []).append(spec)
    dims = {objective.name: objective.space.dim for objective in objectives}
    each = (of_search(*cell, dims[cell[0]], runs[0]) for cell, runs in cells.items())
    counts = Counter(name for (name, _), runs in cells.items() for _ in runs)
    budgets = {name: runs[0].budget for (name, _), runs in cells.items()}
    records = (of_records(name, dims[name], budgets[name], n) for name, n in counts.items())
    return tuple(filter(None, (*each, *records)))


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


def _bytes(many: float) -> str:
    return f"{many / 1e9:,.0f} GB" if many >= 1e10 else f"{many / 1e9:.1f} GB"


def _time(seconds: float) -> str:
    """One digit: it is a guess."""
    unit, size = next((unit, size) for unit, size in UNITS if seconds >= 2 * size)
    return f"{float(f'{seconds / size:.1g}'):,.0f} {unit}"
