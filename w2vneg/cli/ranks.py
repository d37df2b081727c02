"""What a command runs in that several processes may run together: rank 0 speaks for all."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import click

from w2vneg.config import Option
from w2vneg.errors import ResourceError, W2vnegError
from w2vneg.system.ranks import ALONE, Ranks, failing_together

_INTERNAL_ERROR = 70
#: Names of the options of ranks, in the order of the help.
CLUSTER_NAMES = (
    "workers", "hosts", "shards", "sync_every", "sync_rows", "sync_rule", "sync_bits", "local_lr",
    "sync_timeout",
)  # fmt: skip


def on_ranks(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate the function of a command: it receives its `Ranks` as the argument `ranks`.

    Of several ranks only rank 0 writes to the terminal. An error of one ends all.
    """

    @functools.wraps(function)
    def run(*arguments: Any, **options: Any) -> Any:
        if not _is_launched():
            return function(*arguments, ranks=ALONE, **options)
        from w2vneg.training.cluster.start import join

        ranks = join()
        if ranks.size == 1:
            return function(*arguments, ranks=ranks, **options)
        with _speaking(ranks), failing_together(ranks):
            with _memory_explained():
                function(*arguments, ranks=ranks, **options)
            ranks.meet({})  # rank 0 has written its files
        return None

    return run


def _is_launched() -> bool:
    from w2vneg.system.launcher import launch

    return launch() is not None


@contextlib.contextmanager
def _speaking(ranks: Ranks) -> Iterator[None]:
    """Silence all ranks but the first; turn what is no expected failure into the end of all."""
    try:
        if ranks.rank == 0:
            yield
            return
        with (
            open(os.devnull, "w", encoding="utf-8") as nowhere,
            contextlib.redirect_stdout(nowhere),
            contextlib.redirect_stderr(nowhere),
        ):
            yield
    except W2vnegError as error:
        if ranks.rank == 0:
            raise
        raise click.exceptions.Exit(error.exit_code) from None
    except click.exceptions.Exit:
        raise
    except click.UsageError as error:
        if ranks.rank == 0:
            raise
        raise click.exceptions.Exit(2) from error
    except BaseException:
        with contextlib.suppress(OSError, ValueError, AttributeError):
            sys.__stderr__.write(f"rank {ranks.rank}:\n{traceback.format_exc()}")  # type: ignore[union-attr]
            sys.__stderr__.flush()  # type: ignore[union-attr]
        ranks.end(_INTERNAL_ERROR)


@contextlib.contextmanager
def _memory_explained() -> Iterator[None]:
    try:
        yield
    except MemoryError:
        raise ResourceError(
            "out of memory; lower --dim or --max-vocab, or raise --min-count"
        ) from None


def cluster_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a command with the options of a training on ranks."""
    from w2vneg.cli.options import Number
    from w2vneg.training.cluster.options import OPTIONS

    for option in reversed(OPTIONS):
        function = _click_option(option)(function)
    shards = click.option(
        "--shards",
        is_flag=True,
        help="CORPUS names the files of each rank's own part, on the disk of its machine; {rank} in a "
        "name stands for its number. Otherwise all ranks see the same files, and each reads a part.",
    )
    hosts = click.option(
        "--hosts", help="Machines for --workers: a,b,c, each with w2vneg and the corpus."
    )
    workers = click.option(
        "--workers",
        type=Number(int, 1, 100_000),
        help="Train on so many ranks, which mpirun starts: processes on this machine, or on --hosts.",
    )
    return workers(hosts(shards(function)))


def _click_option(option: Option[Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    from w2vneg.cli.options import Number

    text = option.help
    if option.default is not None:
        text += f"  [default: {option.default}]"
    kind: Any = Number.for_option(option) if option.kind in (int, float) else str
    return click.option(option.flag, option.name, type=kind, default=option.default, help=text)


def take_cluster(options: dict[str, Any], ranks: Ranks, own_files: bool) -> Any:
    """Take the options of ranks out of all `options`; return the `Cluster`, None for one rank alone.

    Raises
    ------
    UsageError
        If there are no other ranks, but options say how to keep in step with them.
    """
    from w2vneg.cli.options import refuse_idle
    from w2vneg.training.cluster.options import OPTIONS, ClusterOptions

    taken = {option.name: options.pop(option.name) for option in OPTIONS}
    checked = ClusterOptions(**taken)
    if ranks.size == 1:
        refuse_idle(
            [*taken, "shards"], "has no effect on one rank; start several with --workers or mpirun"
        )
        return None
    from w2vneg.training.cluster.cluster import Cluster

    return Cluster(ranks, checked, own_files=own_files)


__all__ = ["CLUSTER_NAMES", "cluster_options", "on_ranks", "take_cluster"]
