"""The command line of ``w2vneg neighbors``: words, and sums of words such as ``king +woman -man``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import click

from w2vneg.cli.commands import WordCommand

#: Marks a term of a sum on its way through click; arguments cannot contain it.
_TERM = "\0"
#: What a hyphen that is not behind two hyphens becomes: words are read from standard input.
STDIN = _TERM + "-"


class QueryCommand(WordCommand):
    """A command whose words may be followed by what is added (+word) and subtracted (-word)."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments; terms of sums are not taken for options."""
        return super().parse_args(ctx, self._marked(args))

    def _marked(self, args: Sequence[str]) -> list[str]:
        """Return the arguments with each term marked that follows a word."""
        options = {"-h": False, "--help": False}
        for parameter in self.params:
            if isinstance(parameter, click.Option):
                options.update(dict.fromkeys(parameter.opts, not parameter.is_flag))
        marked: list[str] = []
        given = 0  # file and words
        rest = iter(args)
        for argument in rest:
            if argument == "--":
                return [*marked, argument, *rest]
            name = argument.partition("=")[0]
            if given >= 2 and self._is_term(argument, options):
                argument = _TERM + argument
            elif name in options:
                marked.append(argument)
                if options[name] and "=" not in argument:
                    marked += [value for value in [next(rest, None)] if value is not None]
                continue
            elif not argument.startswith("-") or argument == "-":
                given += 1
                if argument == "-" and given == 2:
                    argument = STDIN
            marked.append(argument)
        return marked

    def _is_term(self, argument: str, options: Iterable[str]) -> bool:
        if len(argument) < 2:
            return False
        if argument[0] == "+":
            return True
        is_option = argument[1] == "-" or argument[:2] in options
        return argument[0] == "-" and not is_option and not self.knows(argument)


def queries(words: Iterable[str]) -> dict[str, list[tuple[str, float]]]:
    """Return the queries that arguments ask: the text of each, and its words with their signs."""
    asked: list[tuple[str, list[tuple[str, float]]]] = []
    for word in words:
        if word.startswith(_TERM) and asked:
            text, terms = asked[-1]
            terms.append((word[2:], 1.0 if word[1] == "+" else -1.0))
            asked[-1] = f"{text} {word[1:]}", terms
        else:
            asked.append((word, [(word, 1.0)]))
    return dict(asked)


def query_of_line(line: str, known: Iterable[str]) -> tuple[str, list[tuple[str, float]]]:
    """Return the query that a line asks: a word, which may hold spaces, or a sum of words.

    Parameters
    ----------
    line : str
        Not blank.
    known : container of str
        The known words; a line that is one of them is that word.
    """
    text = line.strip()
    first, *more = text.split()
    if text in known or not all(term[0] in "+-" and len(term) > 1 for term in more):
        return text, [(text, 1.0)]
    terms = [(term[1:], 1.0 if term[0] == "+" else -1.0) for term in more]
    return text, [(first, 1.0), *terms]
