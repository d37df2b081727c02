"""The documentation is true: paths exist, links resolve, command lines parse."""

import contextlib
import re
import shlex
from pathlib import Path

import click
import pytest

from w2vneg.cli import COMMANDS, group
from w2vneg.cli.training_options import given_options
from w2vneg.samplers import all_options, configure

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "w2vneg"
README = ROOT / "README.md"
ARCHITECTURE = ROOT / "docs/architecture.md"
GUIDES = [README, ROOT / "examples/README.md", ROOT / "corpora/README.md"]
GUIDES += sorted((ROOT / "docs").glob("*.md"))
PAGES = [*GUIDES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", ROOT / "tests/faults/README.md"]

#: Folders whose modules are methods or formats: found by the package, not listed in the docs.
PLUG_INS = (
    "samplers/proposals", "samplers/weightings", "samplers/losses", "samplers/trainers",
    "vectors/formats",
)  # fmt: skip

MAX_README_WORDS = 1200


def page_id(path):
    return str(path.relative_to(ROOT))


def tree(text):
    """Yield the paths of the indented listing in a ``text`` block, folders with a slash."""
    [listing] = re.findall(r"^```text\n(.*?)^```", text, re.S | re.M)
    folders = []
    for line in listing.splitlines():
        name = line.split()[0]
        depth = (len(line) - len(line.lstrip())) // 2
        folders = [*folders[:depth], name] if name.endswith("/") else folders[:depth]
        yield "".join(folders) + ("" if name.endswith("/") else name)


def inline_code(text):
    """Return what stands between single backticks outside of fenced blocks."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.S | re.M))


def code_lines(text):
    """Return the lines of indented and fenced code, continued lines joined."""
    text = text.replace("\\\n", " ")
    fenced = re.findall(r"^```(?:sh|console)?\n(.*?)^```", text, re.S | re.M)
    indented = re.findall(r"^ {4}(.*)$", text, re.M)
    return [line.strip() for line in [*"\n".join(fenced).splitlines(), *indented]]


def command_lines(text):
    """Return the arguments of every w2vneg command line, without placeholders' brackets."""
    commands = []
    for line in [*code_lines(text), *inline_code(text)]:
        for part in line.removeprefix("$ ").split(" && "):
            words = part.split("  #")[0].strip()
            if re.match(r"(bin/)?w2vneg [a-z]", words):
                commands.append(words.replace("[", "").replace("]", ""))
    return commands


def parse(line):
    """Parse a command line as click would, without running it."""
    command, context = group, click.Context(group)
    arguments = ["1" if word == "N" else word for word in shlex.split(line)[1:]]
    while isinstance(command, click.Group) and arguments:
        name, *arguments = arguments
        command = command.get_command(context, name)
        assert command is not None, f"{line}: no command {name}"
    # A sentence may leave arguments out, and --help ends the parsing.
    with contextlib.suppress(click.MissingParameter, click.exceptions.Exit):
        context = command.make_context(command.name, list(arguments))
        if command.name == "train":
            check_training(context)


def check_training(context):
    """Check that the options exist for the sampler and lie in their ranges."""
    with context:
        given = given_options({n: v for n, v in context.params.items() if n in all_options()})
    configure(given=given, **given)


def options_of(command):
    context = click.Context(command)
    options = {o for param in command.get_params(context) for o in param.opts}
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            options |= options_of(command.get_command(context, name))
    return options


def test_readme_is_short():
    assert len(README.read_text().split()) <= MAX_README_WORDS


def test_listed_modules_exist():
    for path in tree(ARCHITECTURE.read_text()):
        assert (ROOT / path).exists(), path
        assert (ROOT / path).is_dir() == path.endswith("/"), path


def test_every_package_is_listed():
    listed = set(tree(ARCHITECTURE.read_text()))
    for init in PACKAGE.rglob("__init__.py"):
        folder = init.parent.relative_to(PACKAGE).as_posix()
        if not folder.startswith(tuple(f"{parent}/" for parent in PLUG_INS)):
            path = "w2vneg/" if folder == "." else f"w2vneg/{folder}/"
            assert path in listed, f"say in docs/architecture.md what {path} is for"


@pytest.mark.parametrize("page", GUIDES, ids=page_id)
def test_paths_in_text_exist(page):
    text = page.read_text()
    invented = re.findall(r"The whole of `([^`]+)`", text)  # files of worked examples
    for code in inline_code(text):
        if re.fullmatch(r"[\w./]*(\.py|/|manifest\.json)", code) and code not in invented:
            assert (ROOT / code).exists() or (PACKAGE / code).exists(), code


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_links_resolve(page):
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
        if not re.match(r"[a-z]+:", target):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", GUIDES, ids=page_id)
def test_command_lines_parse(page):
    for line in command_lines(page.read_text()):
        parse(line)


@pytest.mark.parametrize("page", GUIDES, ids=page_id)
def test_options_in_text_exist(page):
    context = click.Context(group)
    commands = {name: group.get_command(context, name) for name in COMMANDS}
    known = {"--help"}.union(*map(options_of, commands.values()))
    of_train = options_of(commands["train"])
    for code in inline_code(page.read_text()):
        if code.startswith("--"):
            words = shlex.split(code)
            named = {word for word in words if word.startswith("-") and not word[1:2].isdigit()}
            assert named <= known, code
            if named <= of_train and len(words) > len(named):
                commands["train"].make_context("train", ["CORPUS", *words])


def test_readme_shows_real_commands():
    assert len(command_lines(README.read_text())) > 15
