"""Times as users write them."""

from __future__ import annotations

import re

from w2vneg.errors import UsageError
from w2vneg.system.option_names import named

_LONGEST_S = 10_000 * 3600


def parse_duration(text: str, option: str) -> float:
    """Return the seconds in a time such as ``90``, ``90s``, ``10m`` or ``2h``.

    Parameters
    ----------
    text : str
    option : str
        The Python name of the option, for messages.

    Raises
    ------
    UsageError
        If it is not of this form, not positive, or more than 10,000 hours.
    """
    match = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]*)?)\s*([smh]?)\s*", text)
    seconds = float(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[match[2]] if match else 0.0
    if not 0 < seconds <= _LONGEST_S:
        raise UsageError(
            f"{named(option, text)}: write a time such as 90s, 10m or 2h, 10000h at most"
        )
    return seconds
