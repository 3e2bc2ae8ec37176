"""The files of MNIST: read where they lie, fetched where they do not, told where neither works."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import struct
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from blackbox.objectives import morphology
from blackbox.objectives.mnist import data, download, idx

PICTURES = np.arange(5 * 28 * 28, dtype=np.uint32).reshape(5, 28, 28).astype(np.uint8)
LABELS = np.array([7, 2, 1, 0, 4], dtype=np.uint8)


def as_idx(array: np.ndarray) -> bytes:
    head = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + array.tobytes()


def write_all(folder: Path, zipped: bool) -> None:
    folder.mkdir(exist_ok=True)
    for part in ("train", "t10k"):
        for name, array in (("images-idx3", PICTURES), ("labels-idx1", LABELS)):
            raw = as_idx(array)
            path = folder / f"{part}-{name}-ubyte{'.gz' if zipped else ''}"
            path.write_bytes(gzip.compress(raw) if zipped else raw)


@pytest.fixture(autouse=True)
def a_world_without_mnist(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.delenv(data.VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(download, "_get", offline)
    data._digits.cache_clear()
    yield
    data._digits.cache_clear()


def offline(address: str) -> bytes:
    raise urllib.error.URLError("no network")


@pytest.mark.parametrize("zipped", [True, False], ids=["gzipped", "plain"])
@pytest.mark.parametrize("array", [PICTURES, LABELS], ids=["pictures", "labels"])
def test_what_was_written_is_read(zipped: bool, array: NDArray[np.uint8], tmp_path: Path) -> None:
    raw = as_idx(array)
    (tmp_path / "some").write_bytes(gzip.compress(raw) if zipped else raw)
    np.testing.assert_array_equal(idx.read(tmp_path / "some"), array)


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (as_idx(PICTURES)[:-1], r"has 3935 bytes, but its shape \(5, 28, 28\) needs 3936"),
        (as_idx(PICTURES) + b"\0", "has 3937 bytes"),
        (as_idx(LABELS)[:6], r"has 6 bytes, but its shape"),
        (b"\x00\x00\x0d" + as_idx(LABELS)[3:], "starts with 00 00 0d 01, not 00 00 08"),
        (b"<html>", "no IDX file"),
        (b"", "starts with nothing"),
        (gzip.compress(as_idx(LABELS))[:-9], "broken gzip"),
        (gzip.compress(as_idx(LABELS))[:12] + b"broken" * 4, "broken gzip"),
    ],
    ids=["cut", "too long", "half a head", "magic", "a page", "empty", "cut gzip", "bad gzip"],
)
def test_a_broken_file_is_told(raw: bytes, told: str, tmp_path: Path) -> None:
    (tmp_path / "some").write_bytes(raw)
    with pytest.raises(ValueError, match=told) as caught:
        idx.read(tmp_path / "some")
    assert str(tmp_path / "some") in str(caught.value)


@pytest.mark.parametrize("zipped", [True, False], ids=["gzipped", "plain"])
@pytest.mark.parametrize("below", ["", "mnist"])
def test_a_folder_is_read_by_argument_and_by_variable(
    zipped: bool, below: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_all(tmp_path / below, zipped)
    digits = data.test(tmp_path)
    assert digits.images.shape == (5, 28, 28)
    assert digits.images.dtype == np.float32
    assert (digits.images.min(), digits.images.max()) == (0, 1)
    assert digits.classes.tolist() == LABELS.tolist()
    assert digits.first(2).classes.tolist() == [7, 2]
    with pytest.raises(ValueError, match="read-only"):
        digits.images[0] = 0
    monkeypatch.setenv(data.VARIABLE, str(tmp_path))
    np.testing.assert_array_equal(data.train().images, digits.images)


def test_a_folder_without_them_is_told_and_nothing_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "fetch", lambda *_: pytest.fail("a named folder is meant"))
    with pytest.raises(data.NoData, match=r"looked for train-images.*put the four IDX files") as e:
        data.train(tmp_path / "nowhere")
    assert str(tmp_path / "nowhere") in str(e.value)


def test_offline_it_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(data.NoData, match=r"no network.*BLACKBOX_DATA=FOLDER") as caught:
        data.train()
    assert str(tmp_path / "cache") in str(caught.value)
    assert all(mirror in str(caught.value) for mirror in download.MIRRORS)


def test_pictures_without_their_labels_are_refused(tmp_path: Path) -> None:
    write_all(tmp_path, zipped=False)
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(as_idx(LABELS[:3]))
    with pytest.raises(ValueError, match=r"do not belong together: pictures \(5, 28, 28\)"):
        data.train(tmp_path)


def serve(monkeypatch: pytest.MonkeyPatch, *answers: bytes) -> list[str]:
    """A network whose mirrors give `answers`, one after the other."""
    asked: list[str] = []

    def get(address: str) -> bytes:
        asked.append(address)
        return answers[len(asked) - 1]

    content = hashlib.sha256(as_idx(LABELS)).hexdigest()
    monkeypatch.setattr(download, "_get", get)
    monkeypatch.setattr(download, "CONTENT", {"some": content})
    return asked


def test_the_second_mirror_serves_where_the_first_has_another_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    right = gzip.compress(as_idx(LABELS))
    asked = serve(monkeypatch, gzip.compress(b"something else"), right)
    path = download.fetch("some", tmp_path / "new" / "folder")
    assert path.read_bytes() == right
    assert asked == [f"{mirror}some.gz" for mirror in download.MIRRORS]
    assert [p.name for p in path.parent.iterdir()] == ["some.gz"]


def test_two_wrong_mirrors_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    serve(monkeypatch, b"<html>", gzip.compress(b"something else"))
    with pytest.raises(OSError, match=r"no mirror gives some\.gz: .*another file \(SHA-256 "):
        download.fetch("some", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_was_fetched_is_not_fetched_again() -> None:
    download.cache().mkdir(parents=True)
    write_all(download.cache(), zipped=True)
    assert len(data.train().classes) == 5


def test_an_answer_is_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(
        urllib.request, "urlopen", lambda address, timeout: io.BytesIO(address.encode())
    )
    assert download._get("https://somewhere") == b"https://somewhere"


def test_measured_thickness_is_kept_and_must_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_all(tmp_path, zipped=False)
    digits, kept = data.test(tmp_path), tmp_path / "cache" / "thickness.npy"
    monkeypatch.setattr(morphology, "thickness", lambda x: np.arange(len(x), dtype=float))
    assert data.thickness(digits).tolist() == [0, 1, 2, 3, 4]
    data.thickness(digits, kept)
    monkeypatch.setattr(morphology, "thickness", lambda x: pytest.fail("it is known"))
    assert data.thickness(digits, kept).tolist() == [0, 1, 2, 3, 4]
    with pytest.raises(ValueError, match="5 thicknesses for 2 digits; delete it"):
        data.thickness(digits.first(2), kept)


@pytest.mark.skipif("BLACKBOX_DATA" not in os.environ, reason="set BLACKBOX_DATA to MNIST's folder")
def test_the_real_files_hold_mnist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert data.train().images.shape == (60_000, 28, 28)
    assert data.test().images.shape == (10_000, 28, 28)
    assert data.train().classes[:5].tolist() == [5, 0, 4, 1, 9]
    assert data.test().classes[:5].tolist() == [7, 2, 1, 0, 4]
