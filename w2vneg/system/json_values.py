"""Values that JSON can express."""

from __future__ import annotations

import math
from typing import Any


def finite(value: Any) -> Any:
    """Return `value` with NaN and infinity as None and NumPy numbers as Python numbers.

    Dicts, lists and tuples are converted recursively; tuples become lists.
    """
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    if hasattr(value, "item") and not isinstance(value, str | bytes):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
