"""Whether the wheel and the sdist of a folder hold what they must: python contents.py dist/

Every file of the packages that is under version control is in both: code, weights, cards, the page
with its libraries, `py.typed`; the sdist has the tests too; nothing that was made by a build or a
study is in either, but for the stored studies that the tests read.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("blackbox", "objectives")
TO_BE_READ = "tests/expected/"
UNWANTED = ("runs/", "__pycache__", ".pyc", "report.html")
NOT_SHIPPED = (".gitignore",)


def main() -> None:
    """Raise AssertionError with the names of what is missing or too much."""
    folder = Path(sys.argv[1])
    (wheel,) = folder.glob("*.whl")
    (sdist,) = folder.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as packed:
        in_wheel = packed.namelist()
    with tarfile.open(sdist) as packed_source:
        in_sdist = packed_source.getnames()
    tracked = under_version_control()
    assert "blackbox/py.typed" in in_wheel
    for what, names in (("wheel", in_wheel), ("sdist", in_sdist)):
        # The import name of a folder may be longer than its path here.
        missing = [path for path in tracked if not any(name.endswith(path) for name in names)]
        assert not missing, f"not in the {what}: {missing}"
        made = [name for name in names if TO_BE_READ not in name]
        extra = [name for name in made if any(part in name for part in UNWANTED)]
        assert not extra, f"not to be in the {what}: {extra}"
    assert any(name.endswith("tests/conftest.py") for name in in_sdist), "the sdist has no tests"
    print(
        f"wheel: {len(in_wheel)} files, {wheel.stat().st_size / 1e6:.1f} MB; sdist: {len(in_sdist)}"
    )


def under_version_control() -> list[str]:
    """Files of the packages, as paths from the root of the repository."""
    listed = subprocess.run(
        ["git", "ls-files", *PACKAGES], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return [
        path
        for path in listed.stdout.splitlines()
        if not path.endswith(NOT_SHIPPED) and not (ROOT / path).is_symlink()
    ]


if __name__ == "__main__":
    main()
