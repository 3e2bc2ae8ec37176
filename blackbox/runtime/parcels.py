"""What a folder holds of some runs, as files that travel to where the folder cannot be seen."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from tempfile import TemporaryDirectory

from blackbox.runtime.journals import Journals, run_of
from blackbox.runtime.store import Store
from blackbox.runtime.whole_files import write

JOURNAL = "journal"


def taken(store: Store, keys: Collection[str], searches: Collection[str] = ()) -> dict[str, bytes]:
    """The finished runs of these keys and searches, and one journal of all that is not finished."""
    files = {
        f"{key}.run": (store.runs / f"{key}.run").read_bytes()
        for key in sorted(store.keys())
        if key in keys or key.rpartition("-")[0] in searches
    }
    records = {k: one for k, one in store.journals.records().items() if run_of(k) in keys}
    with TemporaryDirectory(prefix="blackbox-") as place:
        file = Journals(store.runs.__class__(place), []).new()
        for record in records.values():
            journal = file.open_run(record.about)
            for exchange in record.exchanges():
                journal.append(exchange)
        file.close()
        if records:
            files[JOURNAL] = file.path.read_bytes()
    return files


def placed(files: Mapping[str, bytes], store: Store) -> None:
    """Put such files into a folder, beside what it holds. Raises StoreError."""
    for name, content in files.items():
        write(store.journals.new().path if name == JOURNAL else store.runs / name, content)
    store.reread()
