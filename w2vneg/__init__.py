"""Fast skip-gram word vectors with a choice of negative samplers."""

from w2vneg.version import __version__

__all__ = ["__version__"]
