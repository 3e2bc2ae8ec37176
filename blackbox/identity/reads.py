"""What a function reads and what it writes, from its instructions: the same with or without source.

A chain is a name with the attributes taken of it: `helpers.net.scale` is
`("global", "helpers", "net", "scale")`.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from blackbox.identity.instructions import Step, inner_codes, steps_of

Names = tuple[str, ...]
LOADS = {
    **dict.fromkeys(("LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"), "global"),
    **dict.fromkeys(("LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_DEREF"), "free"),
    **dict.fromkeys(("LOAD_FAST", "LOAD_FAST_CHECK", "LOAD_FAST_BORROW"), "local"),
}
ATTRIBUTES = {"LOAD_ATTR", "LOAD_METHOD"}
SETS = {"STORE_ATTR", "DELETE_ATTR", "STORE_SUBSCR", "DELETE_SUBSCR", "STORE_SLICE"}
# A method that changes what it is called on, in the standard library's containers and files.
CHANGING = {
    *("append", "appendleft", "extend", "extendleft", "insert", "add", "update", "setdefault"),
    *("pop", "popleft", "popitem", "remove", "discard", "clear"),
    *("write", "writelines", "put", "put_nowait", "__setitem__"),
}


@dataclass(frozen=True)
class Reads:
    """The chains that a function reads, sets, and calls changing methods on.

    `imported` are the modules that it imports by itself: level, module, names. `attributes` are
    all attribute names that it mentions: the methods that it may call. `first` is what it calls
    its first argument, of a method the object.
    """

    read: tuple[Names, ...]
    set: frozenset[Names]
    changed: frozenset[Names]
    imported: tuple[tuple[int, str, Names], ...]
    attributes: frozenset[str]
    first: str


@lru_cache(maxsize=4096)
def reads_of(code: types.CodeType) -> Reads:
    """What a function reads and writes, with the functions inside it."""
    scans = [_Scan(code, {})]
    for scan in scans:  # grows while it is read
        scans += [_Scan(inner, scan.aliases) for inner in inner_codes(scan.code)]
    free = set(code.co_freevars)
    first = code.co_varnames[0] if code.co_argcount else ""

    def outward(scan: _Scan, chains: list[Names]) -> Iterator[Names]:
        for chain in chains:
            kind, root = chain[:2]
            if kind in ("global", "module") or (kind == "free" and root in free):
                yield chain
            elif scan.code is code or (kind == "free" and root == first):
                yield "local", *chain[1:]

    return Reads(
        read=tuple(dict.fromkeys(c for scan in scans for c in outward(scan, scan.read))),
        set=frozenset(c for scan in scans for c in outward(scan, scan.set)),
        changed=frozenset(c for scan in scans for c in outward(scan, scan.changed)),
        imported=tuple(dict.fromkeys(one for scan in scans for one in scan.imported)),
        attributes=frozenset(name for scan in scans for name in scan.attributes),
        first=first,
    )


class _Scan:
    """One code object, read once from its first instruction to its last."""

    def __init__(self, code: types.CodeType, outer: Mapping[str, Names]) -> None:
        self.code = code
        self.read: list[Names] = []
        self.set: list[Names] = []
        self.changed: list[Names] = []
        self.imported: list[tuple[int, str, Names]] = []
        self.attributes: set[str] = set()
        # What a local name stands for: `log = self.log`, `import helpers`.
        self.aliases = {name: outer[name] for name in code.co_freevars if name in outer}
        # Where each chain began last, and the step after it.
        self.starts: dict[tuple[int, int] | None, tuple[Names, int]] = {}
        steps = steps_of(code)
        at = 0
        while at < len(steps):
            at = self._step(steps, at)

    def _step(self, steps: list[Step], at: int) -> int:
        step = steps[at]
        if step.does in LOADS:
            return self._load(steps, at)
        if step.does in ATTRIBUTES or step.does == "LOAD_SUPER_ATTR":
            self.attributes |= {step.what} - CHANGING
        elif step.does == "IMPORT_NAME":
            return self._import(steps, at)
        elif step.does == "STORE_GLOBAL":
            self.set.append(("global", step.what))
        elif step.does == "STORE_DEREF" and step.what in self.code.co_freevars:
            self.set.append(("free", step.what))
        elif step.does.startswith("STORE_FAST"):
            self.aliases.pop(step.what, None)
        elif step.does in SETS:
            self._store(steps, at)
        return at + 1

    def _load(self, steps: list[Step], at: int) -> int:
        """Reads a chain; notes where it stands, and what happens to it next."""
        first, end = steps[at], at + 1
        chain: Names = (LOADS[first.does], first.what)
        if chain[0] != "global":
            chain = self.aliases.get(first.what, chain)
        start = first.start
        while end < len(steps) and steps[end].does in ATTRIBUTES:
            chain = (*chain, steps[end].what)
            start = steps[end].start if start is None else start
            end += 1
        self.read.append(chain)
        # A list's `append` is on everyone's lips: it is no call of the user's method of that name,
        # unless of the object itself.
        on_self = chain[0] == "local" and chain[1:2] == self.code.co_varnames[:1]
        self.attributes |= set(chain[2:]) - (set() if on_self and len(chain) == 3 else CHANGING)
        self.starts[start] = chain, end
        if len(chain) > 2 and chain[-1] in CHANGING:
            self.changed.append(chain[:-1])
        if len(chain) > 2 and chain[-1] in ("eval", "train"):  # how a network is used from then on
            self.set.append((*chain[:-1], "training"))
        if at and steps[at - 1][:2] == ("LOAD_GLOBAL", "next"):
            self.changed.append(chain)
        if chain[1:] in (("object", "__setattr__"), ("setattr",)):
            self._set_by_name(steps[end : end + 2])
        stored = end < len(steps) and steps[end].does == "STORE_FAST"
        if stored and (chain[0] != "local" or len(chain) > 2):
            self.aliases[steps[end].what] = chain
            return end + 1
        return end

    def _set_by_name(self, arguments: list[Step]) -> None:
        """`object.__setattr__(self, "n", 1)`, as frozen dataclasses write what they remember."""
        match arguments:
            case [Step(does=load, what=owner), Step(does="LOAD_CONST", what=str(name))]:
                if load in LOADS:
                    self.set.append((LOADS[load], owner, name))

    def _store(self, steps: list[Step], at: int) -> None:
        """Finds the chain whose attribute or item is set: it begins where the target begins."""
        step = steps[at]
        to_attribute = step.does.endswith("_ATTR")
        chain, end = self.starts.get(step.start, ((), at)) if step.start else ((), at)
        if not chain and to_attribute and at and steps[at - 1].does in LOADS:
            chain, end = (LOADS[steps[at - 1].does], steps[at - 1].what), at
        if not chain and self.starts.get(None, (("",), 0))[0][0] == "local":
            chain, end = self.starts[None]
        between = steps[end:at]
        if not chain:
            return
        if to_attribute:
            # `self.n = 1` follows the chain at once, `self.n += 1` copies it first.
            if not between or between[0].does == "COPY":
                self.set.append((*chain, step.what))
                self.attributes.add(step.what)
        elif not any(one.does in ATTRIBUTES and one.start == step.start for one in between):
            self.set.append(chain)

    def _import(self, steps: list[Step], at: int) -> int:
        """Notes an import, and which module the name that it gives stands for."""
        level, names, module = steps[at - 2].what, steps[at - 1].what, steps[at].what
        self.imported.append((int(level or 0), module, tuple(names or ())))
        if names:
            return at + 1
        end, whole = at + 1, False
        while end < len(steps) and not steps[end].does.startswith("STORE_"):
            whole = whole or steps[end].does == "IMPORT_FROM"
            end += 1
        if end < len(steps):
            self.aliases[steps[end].what] = ("module", module if whole else module.split(".")[0])
        return end + 1
