"""Hooks: functions whose implementation the type of their first argument selects.

Dispatch happens when the training loop is compiled, so it costs nothing at run time, and an empty
hook is optimized away.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba.core import types
from numba.extending import overload

from w2vneg.kernel.jit import HOOK_OPTIONS, INTERPRETED

_IMPLEMENTATIONS: dict[Callable[..., Any], dict[type, Callable[..., Any]]] = {}
#: Used for states that do not implement the hook.
_DEFAULTS: dict[Callable[..., Any], Callable[..., Any]] = {}


def declare_hook(hook: Callable[..., Any], default: Callable[..., Any] | None = None) -> None:
    """Make compiled calls of `hook` resolve to the implementation for the type of the state."""
    _IMPLEMENTATIONS[hook] = {}
    if default is not None:
        _DEFAULTS[hook] = default
    if INTERPRETED:
        return

    # Not strict: Numba would require the argument names to be those of the hook.
    @overload(hook, jit_options=HOOK_OPTIONS, strict=False)  # type: ignore[arg-type]
    def select(*arguments: Any) -> Callable[..., Any] | None:
        if isinstance(arguments[0], types.BaseNamedTuple):
            state_type: Any = arguments[0]
            return _implementation(hook, state_type.instance_class)
        return None


def implement(hook: Callable[..., Any], state_type: type) -> Callable[..., Any]:
    """Register the decorated function as `hook` for states of `state_type`."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        _IMPLEMENTATIONS[hook][state_type] = function
        return function

    return register


def implements(hook: Callable[..., Any], state_type: type) -> bool:
    """Return whether states of `state_type` have an implementation of `hook`, default or own."""
    return _implementation(hook, state_type) is not None


def dispatch(hook: Callable[..., Any], state: Any) -> Callable[..., Any]:
    """Return the implementation of `hook` for a state; used where kernels run as plain Python."""
    function = _implementation(hook, type(state))
    if function is None:
        raise TypeError(f"{type(state).__name__} does not implement {hook.__name__}")
    return function


def _implementation(hook: Callable[..., Any], state_type: type) -> Callable[..., Any] | None:
    return _IMPLEMENTATIONS[hook].get(state_type, _DEFAULTS.get(hook))
