"""Fuzz of names in call form and of study files: each works, or ends in an error of ours.

    python tests/campaigns/names.py [--names 10000] [--files 10000] [--seed 0]

Prints how many worked, how many were refused, and every text that ended in something else, or that
ran a command: an audit hook of Python hears of each process that is started.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

from blackbox import registry, study_file
from blackbox.errors import BlackboxError
from blackbox.strategies import TABLE as STRATEGIES
from blackbox.study import Study

# Their networks take seconds to load, and their pictures to fetch: their names are only read.
DEAR = ("digits.", "mnist.", "tables.")
FEW_SEEDS = 3
ODD = "\x00\\\"'()[]{},=:.-+*#\n\té½\u202e\U0001f600\ud800 "
SETTINGS = (
    *("sigma0", "batch", "popsize", "strategy", "strategies", "shares", "options", "d", "prior"),
    *("learning_rate", "target", "instance", "method", "name", "q", "kernel", "rotated", "x"),
    *("command", "args", "source", "file", "mode", "path", "status", "shell"),
)
PLACES = (
    *("no_such_module:X", "..:X", "blackbox.space:Space", "math:pi", "math:sqrt", "json:dumps"),
    *("blackbox.space:Space.normal", "blackbox.price:Price", "blackbox:__version__", "a:b:c"),
    *("os:system", "subprocess:Popen", "subprocess:run", "imaplib:IMAP4_stream", "builtins:exec"),
    *("builtins:eval", "os:abort", "os:_exit", "os:kill", "shutil:rmtree", "builtins:open"),
    *("blackbox.protocol:Strategy", "blackbox.strategies:TABLE", "scipy:bfgs", "scipy:", ":x"),
)


def value(rng: Random, depth: int = 0) -> str:
    """A value as somebody may write it, sensible or not."""
    kinds: list[Callable[[], str]] = [
        lambda: str(rng.randint(-3, 40)),
        # Not a billion: an objective of so many dimensions is refused by memory alone, and slowly.
        lambda: str(10 ** rng.choice([0, 1, 2, 3, 4, 13, 18, 25, 30])),
        lambda: repr(rng.uniform(-10, 10)),
        lambda: rng.choice(["1e999", "-1e999", "inf", "nan", "-inf", "1_0", "0x1f", "1j", "..."]),
        lambda: rng.choice(["None", "True", "False", "true", "cma_es", "lbfgs()", "scipy:bfgs"]),
        lambda: repr(rng.choice([*STRATEGIES, "", "box", "normal", "none", "é"])),
        lambda: repr(reference(rng, depth + 1)) if depth < 2 else "0",
        lambda: f"[{', '.join(value(rng, depth + 1) for _ in range(rng.randint(0, 3)))}]",
        lambda: f"{{{value(rng, depth + 1)}: {value(rng, depth + 1)}}}" if depth < 3 else "{}",
        lambda: "-" * rng.choice([1, 2, 100, 3000, 100_000]) + "1",
        lambda: rng.choice(["[", "("]) * rng.choice([1, 50, 150, 300, 100_000]) + "1",
        lambda: "[" * (deep := rng.choice([50, 150, 250, 100_000])) + "]" * deep,
        lambda: "".join(rng.choices(ODD + "abc123", k=rng.randint(0, 8))),
        lambda: "9" * rng.choice([20, 400, 5000]),
    ]
    weights = [8, 2, 8, 3, 4, 6, 2, 3, 2, 1, 1, 1, 2, 1]
    return rng.choices(kinds, weights)[0]()


def reference(rng: Random, depth: int = 0) -> str:
    """A name in call form as somebody may write it."""
    objectives = [f"synthetic.{one}" for one in ("sphere", "ackley", "rosenbrock")]
    head = rng.choice([*STRATEGIES, *objectives, *PLACES, "cma_e", "digits.digit", ""])
    if rng.random() < 0.2:
        head += ":" + rng.choice(["OnePlusOne", "bfgs", "TPESampler", "x.y", "-", "", "é"])
    settings = [
        f"{rng.choice(SETTINGS)}={value(rng, depth)}" for _ in range(rng.choice([0, 1, 1, 2, 3]))
    ]
    if rng.random() < 0.05:
        settings.append(rng.choice(["3", "*[1]", "**{'a': 1}", "a b", ""]))
    text = f"{head}({', '.join(settings)})" if settings or rng.random() < 0.3 else head
    if rng.random() < 0.05:
        text += rng.choice([" + b(c=2)", "(d=1)", ")", "#", "\n", ".x", " if 1 else 2"])
    return mutated(rng, text) if rng.random() < 0.3 else text


def mutated(rng: Random, text: str) -> str:
    """The text with some letters lost, doubled or replaced."""
    letters = list(text[:2000])
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(letters) + 1)
        letters[at : at + rng.randint(0, 1)] = rng.choices(ODD + "a1", k=rng.randint(0, 2))
    return "".join(letters)


def file_content(rng: Random) -> bytes:
    """A study file as somebody may save it."""

    def entry() -> str:
        name = rng.choice(["synthetic.sphere(d=2)", "random_search", reference(rng)])
        text = '"' + name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
        table = f"{{name = {text}, {rng.choice(SETTINGS)} = {toml(rng)}}}"
        return rng.choices([text, table, toml(rng)], [6, 2, 1])[0]

    def usual(sensible: str, *odd: str) -> str:
        return sensible if rng.random() < 0.7 else rng.choice(odd)

    keys = {
        "name": usual('"study"', toml(rng)),
        "objectives": usual('["synthetic.sphere(d=2)"]', f"[{entry()}]", entry()),
        "strategies": usual('["random_search"]', f"[{entry()}, {entry()}]", entry()),
        "budget": usual("20", toml(rng)),
        "seeds": usual("2", "[0, 1]", toml(rng), "1_000_000_000"),
        "prices": usual("[1, 2]", '["x"]', '["measured"]', f"[{toml(rng)}]", toml(rng)),
        rng.choice(["budgets", "x", "name"]): toml(rng),
    }
    given = [one for one in list(keys.items())[:-1] if rng.random() < 0.95]
    given += list(keys.items())[-1:] if rng.random() < 0.1 else []
    text = "\n".join(f"{key} = {written}" for key, written in given) + "\n"
    text = mutated(rng, text) if rng.random() < 0.1 else text
    encoding = rng.choices(["utf-8", "latin-1", "utf-8-sig", "utf-16"], [36, 2, 1, 1])[0]
    content = text.encode(encoding, "replace" if encoding == "latin-1" else "surrogatepass")
    return content[: rng.randint(0, len(content))] if rng.random() < 0.05 else content


def toml(rng: Random, depth: int = 0) -> str:
    """A value of TOML as somebody may write it."""
    kinds: list[Callable[[], str]] = [
        lambda: str(rng.randint(-2, 30)),
        lambda: repr(rng.uniform(-5, 50)),
        lambda: rng.choice(["inf", "nan", "true", "false", "1979-05-27", "07:32:00", "1e400"]),
        lambda: rng.choice(['"x"', '"é"', "''", '"measured"', '"10"', "[]", "{}"]),
        lambda: f"[{', '.join(toml(rng, depth + 1) for _ in range(rng.randint(0, 3)))}]",
        lambda: f"{{a = {toml(rng, depth + 1)}}}",
        lambda: "[" * (deep := rng.choice([50, 2000, 100_000])) + "]" * deep,
        lambda: "9" * rng.choice([19, 400, 5000]),
        lambda: "-" * rng.choice([1, 100_000]) + "1",
    ]
    return rng.choices(kinds, [8, 4, 4, 6, 2, 2, 1, 2, 1])[0]()


def is_dear(text: object) -> bool:
    """Whether a name is only to be read."""
    return not isinstance(text, str) or any(one in text for one in DEAR)


def take(text: str) -> None:
    """Do with a name what a study does."""
    registry.parse(text)
    if is_dear(text):
        return
    try:
        registry.label(registry.strategy(text))
    except BlackboxError:
        registry.objective(text)


def take_file(path: Path) -> None:
    """Do with a study file what `blackbox run` does before anything is paid."""
    study = study_file.read(path)
    if len(study.seeds) <= FEW_SEEDS and not any(map(is_dear, study.objectives)):
        planned(study)


def planned(study: Study) -> None:
    """Plan a study and write it down."""
    study.recipe(study.plan().prices)


COMMANDS = (
    *("os.system", "os.exec", "os.posix_spawn", "os.fork", "os.kill", "subprocess.Popen"),
    *("shutil.rmtree", "socket.connect"),
)
# What was run, as long as somebody listens: a hook cannot be taken away again.
_heard: list[list[str]] = []


def _hear(event: str, given: tuple[object, ...]) -> None:
    if _heard and event in COMMANDS:
        _heard[-1].append(f"{event} {given}"[:200])


sys.addaudithook(_hear)


def campaign(n_names: int, n_files: int, seed: int) -> tuple[Counter[str], list[str]]:
    """How many names and files ended how, and those that ended in an error that is not ours."""
    rng, ends, leaks = Random(seed), Counter[str](), list[str]()

    def attempt(kind: str, shown: str, work: Callable[[], None]) -> None:
        commands: list[str] = []
        _heard.append(commands)
        try:
            with warnings.catch_warnings(action="ignore"):
                work()
        except BlackboxError as error:
            ends[f"{kind}: {type(error).__name__}"] += 1
        except (Exception, SystemExit) as error:
            ends[f"{kind}: NOT OURS"] += 1
            leaks.append(f"{type(error).__name__}: {str(error)[:200]} of {shown[:400]!r}")
        else:
            ends[f"{kind}: worked"] += 1
        finally:
            _heard.pop()
        if commands:
            ends[f"{kind}: RAN A COMMAND"] += 1
            leaks.append(f"{commands} of {shown[:400]!r}")

    for _ in range(n_names):
        text = reference(rng)
        attempt("name", text, lambda text=text: take(text))  # type: ignore[misc]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "study.toml"
        for _ in range(n_files):
            content = file_content(rng)
            path.write_bytes(content)
            attempt("file", content.decode("latin-1"), lambda: take_file(path))
    return ends, leaks


def main() -> int:
    """Run the campaign of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    for what, usual in (("names", 10_000), ("files", 10_000), ("seed", 0)):
        parser.add_argument(f"--{what}", type=int, default=usual)
    asked = parser.parse_args()
    clock = time.perf_counter()
    ends, leaks = campaign(asked.names, asked.files, asked.seed)
    for end, times in sorted(ends.items()):
        print(f"{times:8d}  {end}")
    print(*leaks[:50], sep="\n")
    print(f"{len(leaks)} not ours, {time.perf_counter() - clock:.0f} s")
    return 1 if leaks else 0


if __name__ == "__main__":
    sys.exit(main())
