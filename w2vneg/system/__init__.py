"""Files, limits, signals and progress: what every part needs from the machine."""
