"""The journals of a study's folder: what of unfinished runs was answered, and by whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from blackbox.errors import StoreError
from blackbox.runtime import journal_reader
from blackbox.runtime.exchange import Exchange
from blackbox.runtime.follower import Follower, Pace
from blackbox.runtime.journal import JournalFile
from blackbox.runtime.journal_reader import JournalContent, RunRecord
from blackbox.runtime.whole_files import moved, set_aside, write

# So many processes that died while the same message was answered are no accident.
DEATHS = 2
# In the key of an answer that came before its turn: between the key of its run and its first row.
AHEAD = ".ahead."


def run_of(key: str) -> str:
    """The key of the run to which the record of this key belongs, if it is no run's own.

    So are those of best points that were asked again, and of answers that came before their turn.

    >>> run_of("ab-12"), run_of("ab-12.first.3.0"), run_of("ab-12.ahead.7")
    ('ab-12', 'ab-12', 'ab-12')
    """
    return key.partition(".")[0]


class Journals:
    """The files of one folder. Each process writes one of its own, and may read all."""

    def __init__(self, folder: Path, notices: list[str]) -> None:
        """Name the folder; `notices` gets what a user should know of its files."""
        self.folder, self.notices = folder, notices
        self._records: dict[str, RunRecord] | None = None
        self._ahead: dict[str, dict[int, RunRecord]] | None = None
        self._followers: dict[Path, Follower] = {}

    def new(self) -> JournalFile:
        """A journal for this process."""
        return JournalFile(self.folder)

    def exchanges(self, key: str) -> Iterator[Exchange]:
        """The messages and answers of a run, in order; nothing where there are none."""
        record = self.records().get(key)
        return record.exchanges() if record is not None else iter(())

    def ahead(self, key: str) -> dict[int, Exchange]:
        """What was answered of a run before its turn, by the first of its rows."""
        if self._ahead is None:
            self._ahead = {}
            for name, record in self.records().items():
                run, mark, row = name.partition(AHEAD)
                if mark and len(record):
                    self._ahead.setdefault(run, {})[int(row)] = record
        return {row: next(one.exchanges()) for row, one in self._ahead.get(key, {}).items()}

    def records(self) -> dict[str, RunRecord]:
        """What is held of each unfinished run, by its key: the longest record. Read once."""
        if self._records is None:
            self._records = {}
            for content in self._contents():
                for key, record in content.runs.items():
                    if key not in self._records or len(record) > len(self._records[key]):
                        self._records[key] = record
        return self._records

    def reread(self) -> None:
        """Read again what other processes have written, where it is asked for."""
        self._records = self._ahead = None

    def mend(self) -> None:
        """Set damaged journals aside; what precedes the damage stays, in a journal of its own."""
        for content in list(self._contents()):
            if content.is_damaged:
                if content.runs:
                    write(self.new().path, content.path.read_bytes()[: -content.dropped])
                why = f"its last {content.dropped} bytes are not as they were written"
                set_aside(content.path, why, self.notices)
            elif content.dropped:
                self.notices.append(f"{content.path}: a last record, cut short, is left out")

    def forget(self, is_meant: Callable[[str], bool], aside: Path) -> None:
        """Move journals of the runs that are meant elsewhere; what they hold of others stays."""
        for content in list(self._contents()):
            others = {k: record for k, record in content.runs.items() if not is_meant(k)}
            if len(others) == len(content.runs):
                continue
            file = self.new()
            for record in others.values():
                journal = file.open_run(record.about)
                for exchange in record.exchanges():
                    journal.append(exchange)
            file.close()
            moved(content.path, aside / content.path.name)
        self._records = self._ahead = None

    def suspects(self) -> set[str]:
        """Keys of runs during one and the same message of which processes have died repeatedly.

        A process that is killed leaves a message that is being answered, too, but hardly twice the
        same one.
        """
        deaths: Counter[tuple[str, int]] = Counter()
        for content in self._contents():
            for key, record in content.runs.items():
                if record.is_asking:
                    deaths[key, len(record)] += 1
        return {run_of(key) for (key, _), times in deaths.items() if times >= DEATHS}

    def paces(self) -> dict[str, Pace]:
        """How far each run is, by its key; reads only what is new since last time.

        Whoever looks at another's folder may ask this: nothing is moved.
        """
        for path in self.folder.glob("*.journal"):
            self._followers.setdefault(path, Follower(path)).read()
        farthest: dict[str, Pace] = {}
        for follower in self._followers.values():
            for key, pace in follower.paces.items():
                if key not in farthest or pace.used > farthest[key].used:
                    farthest[key] = pace
        return farthest

    def tidy(self, is_finished: Callable[[str], bool]) -> None:
        """Remove journals whose runs are all kept elsewhere: finished, or in a longer journal."""
        contents = list(self._contents())
        longest: dict[str, tuple[int, Path]] = {}
        for content in contents:
            for key, record in content.runs.items():
                if not is_finished(key) and len(record) > longest.get(key, (0, None))[0]:
                    longest[key] = len(record), content.path
        needed = {path for _, path in longest.values()}
        spare = [one.path for one in contents if one.path not in needed and not one.is_damaged]
        with suppress(OSError):  # in a folder that cannot be written to any more, they stay
            for path in spare:
                path.unlink(missing_ok=True)

    def _contents(self) -> Iterator[JournalContent]:
        for path in sorted(self.folder.glob("*.journal")):
            try:
                yield journal_reader.read(path)
            except FileNotFoundError:
                continue  # another process has tidied it up
            except OSError as error:
                raise StoreError(f"cannot read {path}: {error.strerror or error}") from error
