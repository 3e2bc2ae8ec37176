"""The folder of a study on which one process works, or several that know of each other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from types import TracebackType

from blackbox.notices import warn
from blackbox.runtime.claims import Claims
from blackbox.runtime.holder import LEASE, Holder
from blackbox.runtime.lock import FolderLock
from blackbox.runtime.store import Store


@dataclass
class JointWork:
    """One process's part in the work on a folder: `with JointWork(store) as joint:`.

    It opens the folder alone, works there beside others, and leaves it alone again, so that there
    is a last one.
    """

    store: Store
    lease: float = LEASE
    claims: Claims = field(init=False)
    _stack: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        """Name this process; nothing is written yet."""
        self.claims = Claims(self.store.runs, self.lease)

    def __enter__(self) -> JointWork:
        """Nothing is written yet."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """What this process had claimed is free."""
        self._stack.close()

    @contextmanager
    def opening(self) -> Iterator[list[Holder]]:
        """Alone with the folder at first: the others who work on it, and wait for nobody."""
        with FolderLock(self.store.runs, wait=warn):
            self._stack.enter_context(self.claims)
            others = self.claims.presence.others()
            if not others:
                self.claims.clear()
            yield others

    @contextmanager
    def leaving(self) -> Iterator[bool]:
        """Alone with the folder at last: whether no other process works on it any more."""
        with FolderLock(self.store.runs, wait=warn):
            is_last = not self.claims.presence.others()
            yield is_last
            if is_last:
                self.claims.clear()
            self._stack.close()
