"""What is told of a column."""

from __future__ import annotations

import re
from dataclasses import dataclass

FIRST = "0.1.0"


@dataclass(frozen=True)
class Column:
    """A column of a table: a `name` with a part in angle brackets stands for several.

    A `dtype` is that of pandas, or "any"; of two, the second is that of a log which does not tell
    all. `unit` is "score" for scores of the objective, or losses where its scorer returns such;
    "delta" for how much better one is than another on that scale (positive is better), and for its
    widths; "units" for those of the budget, and "" where there is none.
    """

    name: str
    unit: str
    dtype: str
    meaning: str
    since: str = FIRST

    def stands_for(self, name: str) -> bool:
        """Whether a frame's column of this name is one of those that this one describes."""
        pattern = "".join(
            ".+" if part.startswith("<") else re.escape(part)
            for part in re.split(r"(<\w+>)", self.name)
        )
        return "<" in self.name and re.fullmatch(pattern, name, re.DOTALL) is not None


OBJECTIVE = Column("objective", "", "str", "name of the objective")
STRATEGY = Column("strategy", "", "str", "name of the strategy")
SEED = Column("seed", "", "int64", "seed of the run; runs of a seed begin at the same points")
N_OK = Column("n_ok", "runs", "str", 'ended well with a valid score, of all that count: "9/10"')
N_OBJECTIVES = Column("n_objectives", "", "int64", "over how many objectives this was taken")
RUN = (OBJECTIVE, STRATEGY, SEED)
CELL = (OBJECTIVE, STRATEGY, N_OK)
