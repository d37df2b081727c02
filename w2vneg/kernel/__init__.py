"""The compiled training loop and its parts.

`window` is the loop, `hooks` the functions by which a sampler plugs into it, `products` and `tiles`
its matrix products; `alias`, `rng`, `ranks` and `sigmoid` are tools for hooks. `jit` says how all of
it is compiled. Nothing here imports from other packages except the cache folder and file locks that
`jit` needs.
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
