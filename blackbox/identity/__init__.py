"""What a callable or an object is, by its code and content, so that a stored run is never stale."""

from blackbox.identity.loaded_files import loaded_files
from blackbox.identity.parts import Identity
from blackbox.identity.whole import identity

__all__ = ["Identity", "identity", "loaded_files"]
