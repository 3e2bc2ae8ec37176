"""Where parts of strategies were, for one more release: see `moves` and `libraries` beside it."""

import importlib
import sys
import warnings

MOVED = {
    "adam": "blackbox.strategies.moves.adam",
    "bridge": "blackbox.strategies.libraries.bridge",
    "fence": "blackbox.global_state",
    "gaussian": "blackbox.strategies.moves.gaussian",
    "gradients": "blackbox.strategies.moves.gradients",
    "losses": "blackbox.strategies.libraries.losses",
    "nevergrad_loop": "blackbox.strategies.libraries.nevergrad_loop",
    "optional": "blackbox.optional",
    "starting": "blackbox.strategies.moves.starting",
    "steps": "blackbox.strategies.moves.steps",
    "stopping": "blackbox.strategies.moves.stopping",
    "tempering": "blackbox.strategies.moves.tempering",
}
warnings.warn(
    "blackbox.strategies.tools is now blackbox.strategies.moves and .libraries; "
    "the old places go with the next release",
    DeprecationWarning,
    stacklevel=2,
)
for _old, _new in MOVED.items():
    sys.modules[f"{__name__}.{_old}"] = importlib.import_module(_new)
