"""Processes in which modules cannot be imported, as where they are not installed."""

import os
import subprocess
import sys

_HIDE = """
import os, sys
for name in os.environ["HIDDEN_MODULES"].split(","):
    sys.modules[name] = None  # importing it fails, and it is not found
"""


def python_without(modules, folder, *arguments, **variables):
    """Run Python, and the processes that it starts, without these modules.

    `folder` is where it runs, and holds the module that hides the others. `variables` are added to
    the environment.
    """
    hiding = folder / "hiding"
    hiding.mkdir(exist_ok=True)
    (hiding / "sitecustomize.py").write_text(_HIDE)
    paths = os.pathsep.join([str(hiding), *(path or os.getcwd() for path in sys.path)])
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": paths, "HIDDEN_MODULES": ",".join(modules), **variables},
        capture_output=True,
        text=True,
        timeout=120,
    )
