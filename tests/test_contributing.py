"""The examples of CONTRIBUTING.md work as written: one file each adds a proposal and a loss."""

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
OPTIONS = ("--min-count", "1", "--dim", "4", "--threads", "1", "--no-cache")


def example(name):
    """Return the code of the example that is to be saved under `name`."""
    match = re.search(rf"`[\w/]*{name}`:\n\n```python\n(.*?)```", PAGE, re.S)
    return match[1]


def run(folder, *arguments, code=0, **variables):
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", **variables}
    result = subprocess.run(
        [sys.executable, "-m", *map(str, arguments)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert result.returncode == code, result.stderr + result.stdout
    return result


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The package and its tests with the examples added, and a corpus."""
    folder = tmp_path_factory.mktemp("contributing")
    for name in ("w2vneg", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    before = {path: path.read_bytes() for path in (folder / "w2vneg").rglob("*.py")}
    samplers = folder / "w2vneg/samplers"
    (samplers / "proposals/recent.py").write_text(example("recent.py"))
    (samplers / "losses/hinge.py").write_text(example("hinge.py"))
    added = {path for path in (folder / "w2vneg").rglob("*.py") if path not in before}
    assert {path.name for path in added} == {"recent.py", "hinge.py"}
    (folder / "corpus.txt").write_text("a b c a d\nb a c\nd c b a\n" * 20)
    yield folder
    assert all(path.read_bytes() == content for path, content in before.items())


@pytest.fixture(scope="module")
def w2vneg(copy):
    def call(*arguments, code=0):
        return run(copy, "w2vneg", *arguments, code=code, PYTHONPATH=str(copy))

    return call


def test_examples_are_listed_with_their_options(w2vneg):
    listed = w2vneg("samplers").stdout
    assert "the latest center words" in listed
    assert "Collobert and Weston, ICML 2008" in listed
    described = w2vneg("samplers", "recent").stdout
    for text in ("--recent-size", "default: 1000", "--recent-share", "--ns-exponent"):
        assert text in described
    assert "--margin" in w2vneg("train", "--help").stdout


def test_options_of_examples_are_checked(w2vneg):
    for arguments, text in (
        (("--sampler", "recent", "--recent-share", 2), "--recent-share 2 is out of range"),
        (("--margin", 1), "--margin has no effect with --sampler unigram: it belongs to --loss"),
        (("--loss", "hing"), "did you mean 'hinge'"),
    ):
        assert text in w2vneg("train", "corpus.txt", *arguments, code=2).stderr


#: Trains in small chunks; with STOP set, SIGTERM follows the first checkpoint.
DRIVER = """
import os, signal, sys
from w2vneg.cli import main
from w2vneg.training import train
from w2vneg.training.checkpoint import Checkpointer

train.chunk_tokens = lambda work: 40
train._REPORT_S = 0.001
save = Checkpointer.save

def save_and_stop(self, snapshot):
    Checkpointer.save = save
    save(self, snapshot)
    signal.raise_signal(signal.SIGTERM)

if "STOP" in os.environ:
    Checkpointer.save = save_and_stop
main(sys.argv[1:])
"""


def test_an_example_resumes_to_the_same_bytes(copy):
    (copy / "driver.py").write_text(DRIVER)

    def train(*arguments, code=0, **variables):
        return run(copy, "driver", "train", "corpus.txt", *arguments, code=code, **variables)

    options = (*OPTIONS, "--sampler", "recent", "--loss", "hinge", "--sample", 0, "--epochs", 12)
    train(*options, "-o", "whole.bin")
    every = ("--checkpoint", "states", "--checkpoint-every", "0.001s")
    stopped = train(*options, *every, "-o", "half.bin", code=143, STOP="1")
    assert "% done; resume with --resume states" in stopped.stderr
    assert not (copy / "half.bin").exists()
    train("--no-cache", "--resume", "states", "-o", "half.bin")
    assert (copy / "half.bin").read_bytes() == (copy / "whole.bin").read_bytes()


def test_examples_keep_the_contract_of_samplers(copy):
    contract = run(
        copy,
        *("pytest", "-q", "-p", "no:cacheprovider", "tests/samplers/test_sampler.py"),
        *("-k", "recent or (hinge and unigram)"),
        PYTHONPATH=str(copy),
    )
    assert int(re.search(r"(\d+) passed", contract.stdout)[1]) >= 12 + 3 + 2 + 3


def test_the_gradient_of_the_example_loss_is_exact(copy):
    code = (
        "import numpy as np\n"
        "from w2vneg.kernel.hooks import coefficients, objective\n"
        "from w2vneg.samplers.losses.hinge import Hinge\n"
        "rng = np.random.default_rng(0)\n"
        "scores, weights, out = rng.normal(size=12), rng.random(12), np.zeros(12)\n"
        "loss = Hinge(0.7)\n"
        "coefficients(loss, scores, weights, 3, 4, out)\n"
        "for cell in range(12):\n"
        "    ends = []\n"
        "    for step in (1e-6, -1e-6):\n"
        "        moved = scores.copy(); moved[cell] += step\n"
        "        ends.append(objective(loss, moved, weights, 3, 4))\n"
        "    assert abs(out[cell] + (ends[0] - ends[1]) / 2e-6) < 1e-6, cell\n"
    )
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(copy)}
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=copy, env=environment, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr


def make_wheel(folder, module, code):
    """Write a wheel of one module whose entry point brings the proposal `recent`."""
    about = f"{module}-1.0.dist-info"
    files = {
        f"{module}.py": code,
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
        f"{about}/entry_points.txt": f"[w2vneg.proposals]\nrecent = {module}:PROPOSAL\n",
    }
    record = ""
    for name, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=")
        record += f"{name},sha256={digest.decode()},{len(text.encode())}\n"
    files[f"{about}/RECORD"] = record + f"{about}/RECORD,,\n"
    path = folder / f"{module}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
    return path


@pytest.fixture
def installed(tmp_path):
    """A folder into which a package that brings the example was installed."""

    def install(code):
        wheel = make_wheel(tmp_path, "w2vneg_recent", code)
        run(tmp_path, "pip", "install", "-q", "--no-deps", "--no-index",
            "--disable-pip-version-check", "--target", tmp_path / "site", wheel)  # fmt: skip
        (tmp_path / "corpus.txt").write_text("a b c a d\nb a c\nd c b a\n" * 20)
        path = os.pathsep.join([str(tmp_path / "site"), str(ROOT)])

        def call(*arguments, code=0, **variables):
            return run(tmp_path, "w2vneg", *arguments, code=code, PYTHONPATH=path, **variables)

        return call

    return install


def test_an_installed_package_brings_a_method(installed, tmp_path):
    w2vneg = installed(example("recent.py"))
    assert "the latest center words" in w2vneg("samplers").stdout
    options = ("corpus.txt", *OPTIONS, "--epochs", 2, "--sampler", "recent", "--recent-size", 9)
    w2vneg("train", *options, "-o", "a.bin")
    # Compiled, and with a change of the package's source: never the old machine code.
    cache = {"W2VNEG_CACHE_DIR": str(tmp_path / "cache"), "NUMBA_DISABLE_JIT": "0"}
    w2vneg("train", *options, "-o", "b.bin", **cache)
    module = tmp_path / "site/w2vneg_recent.py"
    module.write_text(module.read_text().replace("uniform(rng) < state.share", "uniform(rng) < 0"))
    w2vneg("train", *options, "-o", "c.bin", **cache)
    a, b, c = ((tmp_path / name).read_bytes() for name in ("a.bin", "b.bin", "c.bin"))
    assert len(a) == len(b) == len(c)
    assert b != c


def test_a_broken_package_is_named_only_when_asked_for(installed):
    w2vneg = installed("raise RuntimeError('bad build')\n")
    w2vneg("train", "corpus.txt", *OPTIONS, "--epochs", 1, "-o", "a.bin")
    error = w2vneg("train", "corpus.txt", *OPTIONS, "--proposal", "recent", code=2).stderr
    assert "package w2vneg_recent that provides it cannot be loaded" in error
    assert "bad build" in error
    assert error.count("\n") == 1
