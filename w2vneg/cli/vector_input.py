"""What commands on vector files share: reading with notes, and words that begin with a hyphen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from w2vneg.errors import UsageError, suggest

if TYPE_CHECKING:
    from w2vneg.vectors import Vectors


class WordCommand(click.Command):
    """A command whose arguments are words, some of which begin with a hyphen."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments; if one is no option, say how to give it as a word."""
        given = list(args)
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            name = error.option_name
            word = next((text for text in given if text.startswith(name)), name)
            known = [option for param in self.params for option in param.opts if option[:2] == "--"]
            near = suggest(name, known) if name.startswith("--") else ""
            near = f"{near} " if near.startswith("did you mean") else ""
            message = f"no option {name}; {near}{_hyphen_hint(word)}"
            raise click.UsageError(message, ctx) from None
        except UsageError as error:
            # -nice is read as -n ice.
            word = next((text for text in given if text[:2] == "-n" and text[2:].isalpha()), "")
            if not word:
                raise
            raise UsageError(f"{error}; {_hyphen_hint(word)}") from None


def _hyphen_hint(word: str) -> str:
    return f"a word that begins with a hyphen goes after two hyphens: -- {word}"


#: Decorator that adds ``--skip-bad-rows`` to a command that reads vectors.
skip_bad_rows_option = click.option(
    "--skip-bad-rows",
    is_flag=True,
    help="Skip rows that cannot be used (duplicate words, wrong number of fields, numbers that are "
    "not finite, words that are not UTF-8), and the missing rows of a truncated file. A note names "
    "them.",
)


def load_vectors(path: str, **options: Any) -> Vectors:
    """Read a file of vectors, and print notes on it to stderr.

    Parameters
    ----------
    path : str
        The file.
    **options
        See `w2vneg.vectors.read_vectors`.
    """
    from w2vneg.system.progress_bar import Bar
    from w2vneg.vectors import read_vectors

    vectors = read_vectors(path, **options)
    for note in vectors.notes:
        Bar().note(note)
    return vectors
