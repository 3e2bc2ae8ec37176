"""Which version this is. The build reads the number from here, without importing the package."""

__version__ = "0.2.0"
