"""What comparisons and searches train on: files, which they read several times."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from w2vneg.comparison.arms import GENSIM
from w2vneg.corpus.input_options import InputOptions
from w2vneg.corpus.inputs import list_inputs
from w2vneg.corpus.paths_or_sentences import Corpus, Paths, Sentences
from w2vneg.corpus.sentences import write_sentences
from w2vneg.corpus.sources import list_sources
from w2vneg.errors import UsageError
from w2vneg.graphs.any_input import understand_input
from w2vneg.graphs.walks import Walks
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.option_names import named


@dataclass(frozen=True)
class Material:
    """A corpus as a comparison is given it.

    Attributes
    ----------
    given : Paths, Sentences, Walks or None
        None: the sample corpus.
    reading : InputOptions
        How its files are read.
    """

    given: Paths | Sentences | Walks | None
    reading: InputOptions

    def settings(self) -> list[str]:
        """Return the options whose defaults are others for such a corpus, as ``option=value``."""
        return [f"{name}={value:g}" for name, value in self.reading.training_defaults().items()]

    def check(self, stop: StopFlag) -> None:
        """Refuse what cannot be read, or read again, before a folder is made."""
        if isinstance(self.given, Walks) and not self.given.source.options.same_as_text:
            raise UsageError(
                "walks are compared as text, in which line1 and directed line2 are like undirected "
                "line2; give the path of the file of edges, and their WalkOptions in input="
            )
        if not isinstance(self.given, Paths):
            return
        if "-" in self.given.paths:
            raise UsageError("a comparison reads the corpus several times: give a file, not -")
        paths = [os.fspath(path) for path in self.given.paths]
        if self.reading.walks is None:
            list_inputs(paths, self.reading, stop)
        else:
            list_sources(paths, stop)

    def check_reference(self, tools: Iterable[str]) -> None:
        """Refuse gensim as a reference where it would train something else on the same walks."""
        walks = self.reading.walks
        if GENSIM in tools and walks is not None and not walks.same_as_text:
            what = "trains both directions of an edge" if walks.one_way else "has two vectors"
            raise UsageError(
                f"gensim {what}, so it is no reference for {walks.walks}"
                f"{' on directed edges' * walks.one_way}; leave out {named('against', GENSIM)}"
            )

    def notes(self) -> list[str]:
        """Return what the user should know about the corpus as it was given."""
        return list(self.given.notes) if isinstance(self.given, Sentences) else []

    def files(self, folder: Path, stop: StopFlag) -> tuple[list[str], InputOptions]:
        """Return the paths of the corpus and how they are read; sentences are written to `folder`.

        The walks of a `Walks` object are written once, so that all epochs have the same.
        """
        if isinstance(self.given, Paths):
            return [os.fspath(path) for path in self.given.paths], self.reading
        if self.given is None:
            return [], self.reading
        path = folder / "sentences.txt"
        if isinstance(self.given, Walks):
            self.given.save(path, stop=stop)
        else:
            write_sentences(self.given.source, path, stop)
        return [os.fspath(path)], InputOptions()


def take_material(
    corpus: Corpus | Walks | None, input: InputOptions | None, **how: Any
) -> Material:
    """Return what a corpus is.

    Parameters
    ----------
    corpus, input, **how
        As for `w2vneg.graphs.any_input.understand_input`; None: the sample corpus.

    Raises
    ------
    UsageError
        As for `understand_input`.
    """
    if corpus is None:
        return Material(None, input or InputOptions())
    return Material(*understand_input(corpus, input=input, **how))
