"""The command line: one module per command, imported only when it is used.

`main` turns every exception into one line on stderr and an exit code: 0 done, 1 expected failure,
2 usage, 70 internal error, 130 and 143 after SIGINT and SIGTERM.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any, NoReturn

import click

from w2vneg.cli.foreign_commands import foreign_command
from w2vneg.errors import Interrupted, W2vnegError, reason, suggest, visible
from w2vneg.system.option_names import named_as_flags
from w2vneg.version import __version__

#: Command name to (module, one-line help); the module holds the click command as ``command``.
COMMANDS = {
    "train": ("w2vneg.cli.train", "Train word vectors on a corpus."),
    "eval": ("w2vneg.cli.evaluate", "Score vectors on analogies and word similarity."),
    "neighbors": ("w2vneg.cli.neighbors", "Show the nearest neighbors of words."),
    "analogy": ("w2vneg.cli.analogy", "Answer: A is to B as C is to ...?"),
    "align": ("w2vneg.cli.align", "Show which words moved most between two models."),
    "view": ("w2vneg.cli.view", "Draw a map of the words, as a page for the browser."),
    "compare": ("w2vneg.cli.compare", "Compare samplers over several seeds, with a report."),
    "tune": ("w2vneg.cli.tune", "Search for the best options of a training."),
    "samplers": (
        "w2vneg.cli.samplers",
        "List the samplers and their parts: proposals, weightings, losses.",
    ),
    "graph": ("w2vneg.cli.graph", "Build or inspect the co-occurrence graph of a text."),
    "walks": ("w2vneg.cli.walks", "Write random walks on a graph, as text to train on."),
    "vocab": ("w2vneg.cli.vocab", "Count the words of a corpus."),
    "phrases": ("w2vneg.cli.phrases", "Find phrases, and join them in the text."),
    "convert": ("w2vneg.cli.convert", "Convert vectors between formats."),
    "corpus": ("w2vneg.cli.corpus", "List, download and clean corpora."),
}

INTERNAL_ERROR = 70


class LazyGroup(click.Group):
    """A group whose commands are imported when they are used, not when they are listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name][0]).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            near = foreign_command(args[0]) or suggest(args[0], list(COMMANDS))
            raise click.UsageError(f"no command {args[0]!r}; {near}", ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        with named_as_flags():
            return super().invoke(ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="w2vneg")
def group() -> None:
    """Train word vectors fast, and choose where the negatives come from.

    \b
    w2vneg train corpus.txt              write vectors to corpus.vec
    w2vneg eval corpus.vec               score them on analogies and similarity
    w2vneg neighbors corpus.vec WORD     show the nearest neighbors of a word
    w2vneg compare corpus.txt            find out whether the sampler matters
    """


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and exit the process with one of the codes listed above."""
    # Words may contain characters that the terminal cannot encode: escape them.
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError, OSError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        with _signals_raise():
            _run(sys.argv[1:] if arguments is None else arguments)
            code = 0
            if sys.stdout is not None:
                sys.stdout.flush()
    except click.exceptions.Exit as request:
        code = request.exit_code
    except click.UsageError as error:
        code = _usage_error(error)
    except click.ClickException as error:
        code = _say(error.format_message(), error.exit_code)
    except W2vnegError as error:
        code = _say(str(error), error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        code = _say("stopped by SIGINT", 130)
    except MemoryError:
        code = _say(
            f"out of memory; {_less_memory(sys.argv[1:] if arguments is None else arguments)}", 1
        )
    except OSError as error:
        code = _system_error(error)
    except Exception as error:
        code = _unexpected(error)
    sys.exit(code)


def _run(arguments: list[str]) -> None:
    """Parse the arguments and run the command.

    click's own `main` would handle a closed pipe itself; it serves shell completion only.
    """
    if "_W2VNEG_COMPLETE" in os.environ:
        group.main(arguments, prog_name="w2vneg")
    with group.make_context("w2vneg", list(arguments)) as context:
        group.invoke(context)


def _less_memory(arguments: list[str]) -> str:
    """Return what makes a command need less memory."""
    options = {
        "train": ("--dim", "--max-vocab", "--min-count"),
        "compare": ("--set dim", "--set max-vocab", "--set min-count"),
    }
    if arguments and arguments[0] in options:
        dim, most, least = options[arguments[0]]
        return f"lower {dim} or {most}, or raise {least}"
    if arguments and arguments[0] in ("vocab", "graph", "walks"):
        return "lower --threads, or read less"
    return "give a smaller file, or use a machine with more memory"


def _system_error(error: OSError) -> int:
    from w2vneg.cli.output import silence_stdout

    if isinstance(error, BrokenPipeError):
        # The reader of the output has closed the pipe (| head): that is no failure.
        silence_stdout()
        return 0
    try:
        sys.stdout.flush()
    except OSError:
        silence_stdout()
        return _say(
            f"cannot write the result to standard output: {reason(error)}; send it elsewhere", 1
        )
    except (AttributeError, ValueError):
        pass
    return _unexpected(error)


@contextlib.contextmanager
def _signals_raise() -> Iterator[None]:
    """Let SIGTERM and SIGHUP raise, as Ctrl-C does, so that temporary files are removed.

    Commands with long work set a flag instead (`w2vneg.cli.running`).
    """

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise Interrupted(f"stopped by {signal.Signals(number).name}", number)

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    previous = {}
    if threading.current_thread() is threading.main_thread():
        previous = {n: signal.getsignal(n) for n in numbers}
    for number, handler in previous.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _say(message: str, code: int) -> int:
    """Write a message as one line to stderr, if there is a stderr, and return `code`."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(f"w2vneg: {visible(message)}\n")
        sys.stderr.flush()
    return code


def _unexpected(error: Exception) -> int:
    if isinstance(error, ImportError) and not (error.name or "").startswith("w2vneg"):
        why = " ".join(str(error).split())
        return _say(f"cannot load a library ({why}); install it: pip install w2vneg", 1)
    import traceback

    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.stderr.write("".join(traceback.format_exception(error)))
    return _say("internal error: this is a bug in w2vneg, please report it", INTERNAL_ERROR)


def _usage_error(error: click.UsageError) -> int:
    from w2vneg.system.launcher import launch

    launched = launch()
    if launched is not None and launched.rank and error.ctx and error.ctx.info_name == "train":
        return 2  # of the ranks of a training, the first speaks for all
    message = error.format_message().replace("\n", " ")
    command = error.ctx.command_path if error.ctx else "w2vneg"
    return _say(f"{message} (see {command} --help)", 2)
