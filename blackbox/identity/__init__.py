"""What a callable or an object is, by its code and content, so that a stored run is never stale."""

from blackbox.identity.counted_files import CountedFile
from blackbox.identity.fields import UNCOUNTED
from blackbox.identity.loaded_files import loaded_files
from blackbox.identity.parts import Identity
from blackbox.identity.whole import identity

__all__ = ["UNCOUNTED", "CountedFile", "Identity", "identity", "loaded_files"]
