"""Commands that answer an option they do not have with the one that was meant."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import ClassVar

import click

from w2vneg.errors import UsageError, suggest

#: Options of other tools for commands on vectors, and what they are here.
_ON_VECTORS = {
    "topn": "of gensim is -n here",
    "k": "of other tools is -n here",
    "caseinsensitive": "of gensim: case is ignored unless --case-sensitive is given",
    "dummy4unknown": "of gensim: questions with unknown words are left out and counted here",
    "unicodeerrors": "of gensim is --encoding-errors of w2vneg convert",
    "noheader": "of gensim: files without a header are recognized here",
    "datatype": "of gensim: numbers are always float32 here",
}
#: The same for phrases, whose counts are those of pairs.
_ON_PHRASES = {
    "mincount": "of word2phrase and gensim is --min-pairs here",
    "scoring": "of gensim is --score here",
    "delimiter": "of gensim: the words of a phrase are joined by _ here",
    "connectorwords": "of gensim: phrases are made of the words as they are here; leave it out",
    "progressper": "of gensim: progress is shown in a terminal; leave it out",
    "maxvocabsize": "of gensim: memory is bounded here; leave it out",
}


class Command(click.Command):
    """A command whose messages on unknown options say what to write instead."""

    #: Options of other tools that mean something else here than in a training.
    foreign: ClassVar[Mapping[str, str]] = _ON_VECTORS

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments; an option of another tool or command is answered with ours."""
        unknown = self._first_unknown(args)
        if unknown is not None:
            raise click.UsageError(self.explain(unknown), ctx)
        return super().parse_args(ctx, args)

    def explain(self, name: str) -> str:
        """Return what to write instead of an option that this command does not have."""
        from w2vneg.samplers import all_options, foreign_hint  # slow

        if os.path.exists(name):
            return f"no option {name}; for the file of that name write ./{name}"
        bare = _bare(name)
        if bare in self._own:
            return f"no option {name}; write {self._own[bare]}"
        if bare in self.foreign:
            return f"{name} {self.foreign[bare]}"
        plain = name.lstrip("-").replace("_", "-")
        near = suggest(f"--{plain}", list(self._own.values()))
        near = f"; {near}" if near.startswith("did you mean") else ""
        trained = {_bare(option) for option in all_options()}
        hint = foreign_hint(
            name, self._python_names, "here" if "dim" in self._own else "of w2vneg train"
        )
        if hint is None and bare in trained:
            hint = f"no option {name}; w2vneg train has it"
        # Commands that train have all options of a training, or --set for them.
        if "set" in self._own and (hint or bare in trained):
            return f"{hint or f'no option {name}'}: options of a training follow --set, as in --set dim=50"
        return hint or f"no option {name}{near}"

    def knows(self, argument: str) -> bool:
        """Return whether an argument with one hyphen is the name of an option, here or elsewhere."""
        name = argument.partition("=")[0]
        return _bare(name) in self.foreign or _is_long(name, self._own)

    @property
    def _own(self) -> dict[str, str]:
        """The long options of this command, by their bare names."""
        every = (option for parameter in self.params for option in parameter.opts)
        return {_bare(option): option for option in (*every, "--help") if option[:2] == "--"}

    @property
    def _python_names(self) -> set[str]:
        return {option[2:].replace("-", "_") for option in self._own.values()}

    def _first_unknown(self, args: Sequence[str]) -> str | None:
        """Return the first option among the arguments that this command does not have."""
        flags = {"-h": True, "--help": True}
        for parameter in self.params:
            if isinstance(parameter, click.Option):
                flags.update(dict.fromkeys(parameter.opts, parameter.is_flag))
        rest = iter(args)
        for argument in rest:
            name = argument.partition("=")[0]
            if argument == "--":
                break
            if not argument.startswith("-") or argument == "-":
                continue
            if name in flags:
                if not flags[name] and "=" not in argument:
                    next(rest, None)  # its value
            elif name.startswith("--") or name[:2] not in flags or _is_long(name, self._own):
                return name
        return None


class PhrasesCommand(Command):
    """A command that joins the words of phrases."""

    foreign = _ON_PHRASES


class WordCommand(Command):
    """A command whose arguments are words, some of which begin with a hyphen."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments; if one is no option, say how to give it as a word."""
        given = list(args)
        try:
            return super().parse_args(ctx, args)
        except UsageError as error:
            # -nice is read as -n ice.
            word = next((text for text in given if text[:2] == "-n" and text[2:].isalpha()), "")
            if not word:
                raise
            raise UsageError(f"{error}; {_hyphen_hint(word)}") from None

    def explain(self, name: str) -> str:
        """Return what to write instead of an option that this command does not have."""
        return f"{super().explain(name)}; {_hyphen_hint(name)}"


def _bare(option: str) -> str:
    """Return the letters of an option, however it joins its words."""
    return option.replace("-", "").replace("_", "").lower()


def _is_long(name: str, own: dict[str, str]) -> bool:
    """Return whether an option with one hyphen is the name of a long one, as in ``-output``."""
    from w2vneg.samplers import foreign_hint  # slow

    return _bare(name) in own or foreign_hint(name) is not None


def _hyphen_hint(word: str) -> str:
    return f"a word that begins with a hyphen goes after two hyphens: -- {word}"
