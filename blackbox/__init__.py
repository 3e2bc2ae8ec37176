"""Compare searches for inputs with a high `score(decoder(z))`: one budget, paired seeds, judges.

>>> import blackbox as bb
>>> bb.objective("synthetic.sphere(d=4)")
Objective('synthetic.sphere(d=4)', box(4, -5..5))
"""

from __future__ import annotations

import importlib
import random
from typing import TYPE_CHECKING, Any

from blackbox.version import __version__ as __version__

if TYPE_CHECKING:
    from blackbox.carry_out import compare
    from blackbox.checking import check
    from blackbox.comparison import Comparison, load
    from blackbox.constraints import AtLeast, AtMost, Scored
    from blackbox.difference import diff
    from blackbox.errors import (
        BlackboxError,
        CallTimedOut,
        CheckpointError,
        ExportError,
        LogError,
        MissingPackage,
        NameProblem,
        NoGradient,
        ObjectiveError,
        PageError,
        ParameterError,
        ProgramFailed,
        ProtocolError,
        ReplayDiverged,
        SessionError,
        StoreError,
        StudyError,
        TryAgain,
        Unavailable,
        UnusableObjective,
        WorkerDied,
    )
    from blackbox.external_logs import join, read_log
    from blackbox.makers import maker
    from blackbox.merging import merge
    from blackbox.messages import Ask, AskEach, Believe, Capability, Decode, PullBack, Verify
    from blackbox.notices import StudyWarning
    from blackbox.objectives.tables import from_table
    from blackbox.parameters import Choice, Integer, Parameters, Real
    from blackbox.price import Price
    from blackbox.protocol import Answer, Brief, Search, Strategy
    from blackbox.recommendation import Recommendation, recommend
    from blackbox.registry import objective, strategy
    from blackbox.results.view import View
    from blackbox.scoring.checkpoints import load_decoder
    from blackbox.scoring.command import command
    from blackbox.scoring.ensemble import ensemble
    from blackbox.scoring.judge import Judge
    from blackbox.scoring.objective import Objective
    from blackbox.scoring.scorer import Scorer
    from blackbox.scoring.trust import Trust
    from blackbox.scoring.typicality import noise_judge
    from blackbox.sessions.opening import session
    from blackbox.sessions.session import Session
    from blackbox.space import Space
    from blackbox.study import Study
    from blackbox.tuning import Tuning, tune
    from blackbox.until_settled import UntilSettled

# The face: what a user needs, and where it lives. Imported when first touched, so that
# `import blackbox` stays cheap.
_FACE = {
    "Answer": "blackbox.protocol",
    "Ask": "blackbox.messages",
    "AskEach": "blackbox.messages",
    "AtLeast": "blackbox.constraints",
    "AtMost": "blackbox.constraints",
    "Believe": "blackbox.messages",
    "BlackboxError": "blackbox.errors",
    "Brief": "blackbox.protocol",
    "CallTimedOut": "blackbox.errors",
    "CheckpointError": "blackbox.errors",
    "Capability": "blackbox.messages",
    "Choice": "blackbox.parameters",
    "Comparison": "blackbox.comparison",
    "Integer": "blackbox.parameters",
    "Real": "blackbox.parameters",
    "Decode": "blackbox.messages",
    "ExportError": "blackbox.errors",
    "Judge": "blackbox.scoring.judge",
    "LogError": "blackbox.errors",
    "MissingPackage": "blackbox.errors",
    "NameProblem": "blackbox.errors",
    "NoGradient": "blackbox.errors",
    "Objective": "blackbox.scoring.objective",
    "ObjectiveError": "blackbox.errors",
    "Price": "blackbox.price",
    "PageError": "blackbox.errors",
    "ParameterError": "blackbox.errors",
    "Parameters": "blackbox.parameters",
    "ProgramFailed": "blackbox.errors",
    "ProtocolError": "blackbox.errors",
    "PullBack": "blackbox.messages",
    "ReplayDiverged": "blackbox.errors",
    "Scored": "blackbox.constraints",
    "Scorer": "blackbox.scoring.scorer",
    "Search": "blackbox.protocol",
    "Session": "blackbox.sessions.session",
    "SessionError": "blackbox.errors",
    "Space": "blackbox.space",
    "StoreError": "blackbox.errors",
    "Strategy": "blackbox.protocol",
    "Study": "blackbox.study",
    "StudyError": "blackbox.errors",
    "StudyWarning": "blackbox.notices",
    "Trust": "blackbox.scoring.trust",
    "TryAgain": "blackbox.errors",
    "Unavailable": "blackbox.errors",
    "UntilSettled": "blackbox.until_settled",
    "Tuning": "blackbox.tuning",
    "UnusableObjective": "blackbox.errors",
    "Verify": "blackbox.messages",
    "View": "blackbox.results.view",
    "WorkerDied": "blackbox.errors",
    "check": "blackbox.checking",
    "command": "blackbox.scoring.command",
    "compare": "blackbox.carry_out",
    "diff": "blackbox.difference",
    "ensemble": "blackbox.scoring.ensemble",
    "from_table": "blackbox.objectives.tables",
    "join": "blackbox.external_logs",
    "load": "blackbox.comparison",
    "load_decoder": "blackbox.scoring.checkpoints",
    "maker": "blackbox.makers",
    "merge": "blackbox.merging",
    "noise_judge": "blackbox.scoring.typicality",
    "objective": "blackbox.registry",
    "read_log": "blackbox.external_logs",
    "session": "blackbox.sessions.opening",
    "strategy": "blackbox.registry",
    "tune": "blackbox.tuning",
    "Recommendation": "blackbox.recommendation",
    "recommend": "blackbox.recommendation",
}
# The same names, spelt out for type checkers.
__all__ = [
    "Answer",
    "Ask",
    "AskEach",
    "AtLeast",
    "AtMost",
    "Believe",
    "BlackboxError",
    "Brief",
    "CallTimedOut",
    "Capability",
    "CheckpointError",
    "Choice",
    "Comparison",
    "Decode",
    "ExportError",
    "Integer",
    "Judge",
    "LogError",
    "MissingPackage",
    "NameProblem",
    "NoGradient",
    "Objective",
    "ObjectiveError",
    "PageError",
    "ParameterError",
    "Parameters",
    "Price",
    "ProgramFailed",
    "ProtocolError",
    "PullBack",
    "Real",
    "Recommendation",
    "ReplayDiverged",
    "Scored",
    "Scorer",
    "Search",
    "Session",
    "SessionError",
    "Space",
    "StoreError",
    "Strategy",
    "Study",
    "StudyError",
    "StudyWarning",
    "Trust",
    "TryAgain",
    "Tuning",
    "Unavailable",
    "UntilSettled",
    "UnusableObjective",
    "Verify",
    "View",
    "WorkerDied",
    "check",
    "command",
    "compare",
    "diff",
    "ensemble",
    "from_table",
    "join",
    "load",
    "load_decoder",
    "maker",
    "merge",
    "noise_judge",
    "objective",
    "read_log",
    "recommend",
    "session",
    "strategy",
    "tune",
]


def __getattr__(name: str) -> Any:
    if name in _FACE:
        chance = random.getstate()
        try:
            value = getattr(importlib.import_module(_FACE[name]), name)
        finally:
            random.setstate(chance)  # from which rich draws where it is imported
        globals()[name] = value
        return value
    raise AttributeError(f"module 'blackbox' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
