"""What must hold before a release: `make release`, or one session with `nox -s bare`.

An interpreter that is not on this machine is skipped and told; pyenv's are found.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import nox

ROOT = Path(__file__).parent
DIST = ROOT / "dist"
RELEASE = ROOT / "tests" / "release"
OLDEST = "3.11"
NEWER = ("3.12", "3.13")
COVERED = 95  # percent of lines and branches, at least
EXTRAS = (
    "optuna",
    "ax",
    "smac",
    "pareto",
    "bbob",
    "pymoo",
    "bobyqa",
    "airfoils",
    "cluster",
    "molecules",
)

nox.options.stop_on_first_error = False


def find_pythons() -> None:
    """Put each Python that pyenv keeps before its shims, which know only the one that is chosen."""
    for version in (*reversed(NEWER), OLDEST):
        for folder in sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin")):
            os.environ["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"


find_pythons()


@nox.session(python=OLDEST)
def dist(session: nox.Session) -> None:
    """Build sdist and wheel, and look at what is in them."""
    shutil.rmtree(DIST, ignore_errors=True)
    session.install("build")
    # setuptools collects from an earlier build what was removed since.
    shutil.rmtree(ROOT / "build", ignore_errors=True)
    session.run("python", "-m", "build", "--outdir", str(DIST), str(ROOT), silent=True)
    session.run("python", str(RELEASE / "contents.py"), str(DIST))


@nox.session(python=OLDEST)
def bare(session: nox.Session) -> None:
    """The wheel alone, in an empty environment and another folder: every family, and figures."""
    session.install("--constraint", "constraints.txt", str(wheel()))
    elsewhere(session)


@nox.session(python=OLDEST)
@nox.parametrize("extra", EXTRAS)
def extra(session: nox.Session, extra: str) -> None:
    """One extra alone: it brings what it promises, and nothing else is needed."""
    session.install("--constraint", "constraints.txt", f"blackbox[{extra}] @ {wheel().as_uri()}")
    elsewhere(session, extra)


@nox.session(python=OLDEST)
def lowest(session: nox.Session) -> None:
    """The oldest Python with the lowest versions that the dependencies allow."""
    session.install("--constraint", "constraints-lowest.txt", "--editable", ".[all]")
    whole_suite(session, "constraints-lowest.txt")


@nox.session(python=[OLDEST, *NEWER])
def newest(session: nox.Session) -> None:
    """Each Python with the newest versions of everything."""
    session.install("--upgrade", "--editable", ".[all]")
    whole_suite(session)


@nox.session(python=OLDEST)
def coverage(session: nox.Session) -> None:
    """The tests of `make test`, with each line and branch watched, which takes them 40 % longer."""
    session.install("--constraint", "constraints.txt", "--editable", ".[all,ax,smac,test]")
    watched = ("--cov", "--cov-report=term:skip-covered", f"--cov-fail-under={COVERED}")
    tests = ("--numprocesses=2", "--dist=worksteal", "-m", "not processes and not dear")
    session.run("pytest", *tests, *watched)


@nox.session(python=OLDEST)
def examples(session: nox.Session) -> None:
    """Each script of the gallery, as it stands, and the notebook, each in an empty folder."""
    session.install("--constraint", "constraints.txt", "--editable", ".[all]")
    session.install("nbclient", "ipykernel")
    for script in sorted((ROOT / "examples").glob("*.py")):
        with tempfile.TemporaryDirectory() as folder, session.chdir(folder):
            session.run("python", str(script), silent=True)
    session.run("python", str(RELEASE / "notebook.py"), str(ROOT / "examples" / "notebook.ipynb"))


@nox.session(python=OLDEST)
def docs(session: nox.Session) -> None:
    """The site, each block of whose pages is run."""
    session.install("--constraint", "constraints.txt", "--editable", ".[all,docs]")
    build = ("-q", "-W", "--keep-going", "-b", "html")
    session.run("sphinx-build", *build, "docs", "docs/_build/html")


@nox.session(python=OLDEST)
def guest(session: nox.Session) -> None:
    """A package of somebody else beside the wheel: it is found by name, and keeps its promises."""
    session.install("--constraint", "constraints.txt", str(wheel()), "pytest")
    package = Path(session.create_tmp()) / "plugin"  # outside of this tree
    shutil.copytree(ROOT / "examples" / "plugin", package, dirs_exist_ok=True)
    session.install("--no-deps", str(package))
    session.chdir(package / "tests")
    session.run("blackbox", "list", "strategies", "halving")
    session.run("pytest", "-c", os.devnull, "--rootdir", ".", ".")


@nox.session(python=OLDEST)
def campaigns(session: nox.Session) -> None:
    """Every campaign, of which the tests hold a sample of a minute."""
    session.install("--constraint", "constraints.txt", "--editable", ".[all,test]")
    made = Path(session.create_tmp()).resolve()
    asked = {
        "continued": (str(made / "continued.md"),),
        "model_searches": ("--runs", str(made / "model_searches.csv")),
        "truths": (str(made / "truths.md"),),
    }
    for script in sorted((ROOT / "tests" / "campaigns").glob("[!_]*.py")):
        if "__main__" in script.read_text(encoding="utf-8"):
            name = script.stem
            session.run("python", "-m", f"tests.campaigns.{name}", *asked.get(name, ()))


def wheel() -> Path:
    """The wheel that the session `dist` has built."""
    made = sorted(DIST.glob("*.whl"))
    if not made:
        raise FileNotFoundError(f"there is no wheel in {DIST}: run `nox -s dist` first")
    return made[-1]


def elsewhere(session: nox.Session, *extras: str) -> None:
    """Run the script of the bare wheel from a folder that holds nothing of this repository."""
    session.chdir(session.create_tmp())
    session.run("python", str(RELEASE / "bare.py"), *extras)


def whole_suite(session: nox.Session, *constraints: str) -> None:
    """All tests; style and types are those of `make check`, of one version."""
    limits = [word for name in constraints for word in ("--constraint", name)]
    session.install(*limits, "--editable", ".[all,test]")
    # Other versions of the dependencies warn of other things.
    session.run("pytest", "--numprocesses=2", "-W", "default", *session.posargs)
