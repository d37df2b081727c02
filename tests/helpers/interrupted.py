"""A process that trains in Python and sends itself SIGINT; run by tests/faults/test_interrupting.py.

Usage: ``python interrupted.py CORPUS PHASE SAMPLER OUTPUT``. Prints one JSON object.
"""

import json
import os
import queue
import random
import signal
import sys
import threading
import time
from pathlib import Path

from w2vneg import SkipGram
from w2vneg.system.cache_dir import cache_folder
from w2vneg.system.progress import Progress

#: Nothing takes longer to be answered, but for what is being tested.
FOREVER_S = 60


OPTIONS = {"min_count": 1, "form": "window", "dim": 300}
#: With windows and walks so long that they take a while.
SAMPLERS = {
    "unigram": {},
    "gneg": {"sampler": "gneg", "gneg_window": 100},
    "walk": {"sampler": "gneg", "gneg_window": 100, "gneg_family": "walk", "gneg_steps": 5},
}


def trained(sampler):
    """Return the first numbers of a short training, as text."""
    model = SkipGram(threads=1, epochs=1, **OPTIONS, **SAMPLERS[sampler])
    return model.fit([["a", "b", "c"]] * 9).vectors.matrix.tobytes().hex()[:64]


class Interruption(Progress):
    """Sends SIGINT from another thread once a phase has begun."""

    def __init__(self, phase):
        self.wanted, self.phase, self.sent = phase, None, None

    def start(self, phase, total, unit):
        self.phase = phase
        if phase == self.wanted != "encoding corpus" and self.sent is None:
            threading.Thread(target=self.send).start()

    def update(self, done, **figures):
        # This phase is over before another thread could send anything.
        if self.phase == self.wanted == "encoding corpus" and self.sent is None:
            self.sent = time.monotonic()
            os.kill(os.getpid(), signal.SIGINT)

    def send(self):
        time.sleep(0.05)
        self.sent = time.monotonic()
        os.kill(os.getpid(), signal.SIGINT)


def sleeping():
    yield ["a", "b"]
    time.sleep(FOREVER_S)


def waiting():
    yield ["a", "b"]
    queue.Queue().get()


def endless():
    while True:
        yield ["a", "b", "c"]


def frequent():
    numbers = random.Random(1)
    for _ in range(400):
        yield [int(numbers.paretovariate(0.6)) % 20_000 for _ in range(1000)]


def many():
    for number in range(60_000):
        yield [number, number + 1]


def pipe(folder):
    """Return a named pipe whose writer stays silent after the first lines."""
    path = folder / "pipe"
    os.mkfifo(path)

    def write():
        with open(path, "wb") as file:
            file.write(b"a b c\n" * 1000)
            file.flush()
            time.sleep(FOREVER_S)

    threading.Thread(target=write, daemon=True).start()
    return path


def main(corpus, phase, sampler, output):
    signal.signal(signal.SIGINT, signal.default_int_handler)
    progress = Interruption(phase)
    folder = Path(output).parent
    made = pipe(folder) if corpus == "pipe" else globals()[corpus]()
    options = {**OPTIONS, **SAMPLERS[sampler], "epochs": 100_000 if phase == "training" else 1}
    model = SkipGram(threads=2, **options)
    answer = {"interrupted": True}
    try:
        model.fit(made, progress=progress)
        model.save(output, progress=progress)
        answer["interrupted"] = False
    except KeyboardInterrupt:
        answer["seconds"] = time.monotonic() - progress.sent
    answer["phase"] = progress.phase
    answer["threads"] = [t.name for t in threading.enumerate() if t.name.startswith("w2vneg")]
    # Only what this process has left: other tests may be using the cache at the same time.
    mine = f"new-*-{os.getpid()}-*"
    answer["unfinished"] = [path.name for path in (cache_folder("corpora") or folder).glob(mine)]
    answer["is_trained"] = model.vocabulary is not None
    answer["again"] = trained(sampler)
    print(json.dumps(answer))


if __name__ == "__main__":
    main(*sys.argv[1:])
