"""UMAP in a process of its own, which can be stopped at any time.

The library spends seconds to minutes in single compiled calls that no signal interrupts. Run as a
program, this module reads the rows from standard input and writes the coordinates to standard
output, both as ``.npy``.
"""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from w2vneg.errors import W2vnegError
from w2vneg.system.option_names import choice

if TYPE_CHECKING:
    from w2vneg.system.interrupt import StopFlag
    from w2vneg.system.progress import Progress

_Floats = npt.NDArray[np.float32]

_POLL_S = 0.2


def run_umap(
    rows: _Floats, seed: int, progress: Progress | None = None, stop: StopFlag | None = None
) -> _Floats:
    """Return two coordinates for each row, (n, 2) float32, the same for the same seed.

    Parameters
    ----------
    rows : (n, d) float32 array
        Compared by their cosine.
    seed : int
    progress : Progress, optional
        Told the seconds that have passed.
    stop : StopFlag, optional

    Raises
    ------
    W2vnegError
        If the library fails; the message has the last line that it printed.
    Interrupted
        If `stop` is set.

    References
    ----------
    McInnes, Healy and Melville, arXiv:1802.03426.
    """
    # Files, not pipes: nobody has to feed them while this process waits.
    with contextlib.ExitStack() as stack:
        given, out, err = (stack.enter_context(tempfile.TemporaryFile()) for _ in range(3))
        np.save(given, rows, allow_pickle=False)
        given.seek(0)
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", __name__, str(seed % 2**32)],
            stdin=given, stdout=out, stderr=err,
        )  # fmt: skip
        try:
            _wait(process, progress, stop)
        finally:
            process.kill()
            process.wait()
        out.seek(0)
        err.seek(0)
        if process.returncode:
            lines = err.read().decode(errors="replace").strip().splitlines() or ["no message"]
            raise W2vnegError(
                f"placing words with UMAP failed ({lines[-1]}); give {choice('layout', 'pca')}"
            )
        found: _Floats = np.load(out, allow_pickle=False)
    return found


def _wait(
    process: subprocess.Popen[bytes], progress: Progress | None, stop: StopFlag | None
) -> None:
    """Wait for a process to end; report the seconds that have passed, and heed the stop flag."""
    began = time.monotonic()
    if progress is not None:
        progress.start("placing words with UMAP", None, "s")
    try:
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_POLL_S)
                return
            if stop is not None:
                stop.check("placing words with UMAP")
            if progress is not None:
                progress.update(time.monotonic() - began)
    finally:
        if progress is not None:
            progress.finish()


def _main() -> None:
    from umap import UMAP

    rows = np.load(io.BytesIO(sys.stdin.buffer.read()), allow_pickle=False)
    # Started from principal components, it needs fewer steps, and gives much the same map each time.
    model = UMAP(metric="cosine", init="pca", random_state=int(sys.argv[1]), n_jobs=1)
    out = io.BytesIO()
    np.save(out, np.asarray(model.fit_transform(rows), np.float32), allow_pickle=False)
    sys.stdout.buffer.write(out.getvalue())


if __name__ == "__main__":
    _main()
