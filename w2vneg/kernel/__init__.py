"""The compiled training loop and its building blocks.

`window` is the loop, `hooks` defines the functions through which a sampler plugs into it,
`products` and `tiles` are its matrix products, and `alias`, `rng`, `ranks` and `sigmoid` are
helpers for hooks. `jit` holds the compiler settings. The package imports nothing from the rest of
w2vneg except the cache folder and the file locks that `jit` uses.
"""

from w2vneg.kernel.hooks import (
    Scratch,
    coefficients,
    implement,
    learn,
    objective,
    propose,
    weigh,
)
from w2vneg.kernel.jit import device, kernel

__all__ = [
    "Scratch",
    "coefficients",
    "device",
    "implement",
    "kernel",
    "learn",
    "objective",
    "propose",
    "weigh",
]
