"""Builds a source distribution and a wheel, installs the wheel elsewhere, and runs the main job.

    bin/test package        runs it in the environment of the checkout

The wheel is built from the source distribution, and that from the files that git tracks, so that a
file which either lacks is missed here. Dependencies are installed from scratch, as declared. What is
installed trains, scores and answers while the sources are out of reach.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: A little text, with words of the standard test sets.
TEXT = "the king and the queen met a man and a woman near the old book and the new paper\n" * 300


def main() -> None:
    """Check the package; ends with a message and exit code 1 at the first failure."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="w2vneg-package-") as name:
        folder = Path(name)
        source = folder / "source"
        copy_tracked(source)
        run(sys.executable, "-m", "build", "--outdir", folder / "dist", source)
        shutil.rmtree(source)
        (wheel,) = (folder / "dist").glob("*.whl")
        (sdist,) = (folder / "dist").glob("*.tar.gz")
        check_files(wheel)
        environment = folder / "environment"
        run(sys.executable, "-m", "venv", environment)
        scripts = environment / ("Scripts" if os.name == "nt" else "bin")
        pip = [scripts / "python", "-m", "pip", "--disable-pip-version-check", "--no-input"]
        run(*pip, "install", "--quiet", wheel)
        run(*pip, "check")
        main_job(folder, scripts / "w2vneg")
        sizes = f"{sdist.stat().st_size / 1e6:.1f} and {wheel.stat().st_size / 1e6:.1f} MB"
    print(f"{sdist.name} and {wheel.name}, {sizes}, checked in {time.monotonic() - began:.0f} s")


def copy_tracked(target: Path) -> None:
    """Copy what a clone would have: the files that git tracks, as they are now."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True
    ).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).is_file():  # not one that was deleted since
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def check_files(wheel: Path) -> None:
    """Refuse a wheel that lacks a file of the package."""
    expected = subprocess.run(
        ["git", "ls-files", "-z", "w2vneg"], cwd=ROOT, check=True, capture_output=True
    ).stdout
    names = {name for name in expected.decode().split("\0") if name and (ROOT / name).is_file()}
    with zipfile.ZipFile(wheel) as archive:
        missing = names - set(archive.namelist())
    if missing:
        sys.exit(f"{wheel.name} lacks {', '.join(sorted(missing))}; see package-data")


def main_job(folder: Path, w2vneg: Path) -> None:
    """Train, score, ask, away from the sources."""
    (folder / "text.txt").write_text(TEXT)
    run(w2vneg, "train", "text.txt", "--dim", "10", "--min-count", "1", cwd=folder)
    scores = run(w2vneg, "eval", "text.vec", "--json", cwd=folder)
    found = json.loads(scores)["vectors"]["text.vec"]
    if set(found["analogies"]) != {"questions-words"} or len(found["similarity"]) != 2:
        sys.exit(f"eval gave no scores of the standard test sets:\n{scores}")
    run(w2vneg, "view", "text.vec", "-o", "map.html", "--map", "pca", cwd=folder)
    if "createScatterplot" not in (folder / "map.html").read_text(encoding="utf-8"):
        sys.exit("the map of view lacks the library that draws it")
    near = run(w2vneg, "neighbors", "text.vec", "king", "-n", "3", cwd=folder)
    if len(set(near.split()) & set(TEXT.split()) - {"king"}) != 3:
        sys.exit(f"neighbors gave no three words:\n{near}")
    for arguments, part in ((["--version"], "w2vneg"), (["corpus", "list"], "text8")):
        if part not in run(w2vneg, *arguments, cwd=folder):
            sys.exit(f"w2vneg {' '.join(arguments)} does not show {part}")
    code = (
        "import w2vneg, pathlib; from w2vneg.comparison.report import page\n"
        f"assert pathlib.Path({str(ROOT)!r}) not in pathlib.Path(w2vneg.__file__).parents\n"
        "page.environment().get_template('page.html')"
    )
    run(w2vneg.parent / "python", "-c", code, cwd=folder)


def run(*command: object, cwd: Path | None = None) -> str:
    """Run a command without the sources on its path; return its output, or end with it."""
    variables = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=variables, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
