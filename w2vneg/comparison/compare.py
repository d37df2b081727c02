"""A whole comparison as one function.

The package imports this module eagerly, so everything heavy is imported inside the function.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from w2vneg.errors import DataError, UsageError, reason
from w2vneg.system.option_names import named

if TYPE_CHECKING:
    from w2vneg.comparison.report.report import Report
    from w2vneg.corpus.input_options import InputOptions
    from w2vneg.corpus.paths_or_sentences import Corpus
    from w2vneg.corpus.sentence_lines import Tokenizer
    from w2vneg.graphs.walks import Walks
    from w2vneg.system.interrupt import StopFlag
    from w2vneg.system.progress import Progress

#: Combinations of options that are tried for each arm, besides its own.
_CANDIDATES = 12

_Paths = Sequence[str | os.PathLike[str]]

#: What is compared by default, the baseline first.
SAMPLERS = ("unigram", "uniform", "gneg", "ace", "dynamic")


def compare(
    corpus: Corpus | Walks | None = None,
    *,
    samplers: Sequence[str] = SAMPLERS,
    against: Sequence[str] = (),
    seeds: int | Sequence[int] = 3,
    settings: Sequence[str] = (),
    grids: Sequence[str] = (),
    ranks: Sequence[int] = (),
    equal_time: bool = False,
    tune: bool = False,
    eval_every: float | None = None,
    analogies: _Paths = (),
    similarity: _Paths = (),
    restrict_vocab: int = 30_000,
    case_sensitive: bool = False,
    common: bool = False,
    tokenizer: Tokenizer | str | None = None,
    column: Any = None,
    group: str | None = None,
    order: str | None = None,
    input: InputOptions | None = None,
    output: str | os.PathLike[str] | None = None,
    keep_vectors: bool = False,
    command: str = "",
    progress: Progress | None = None,
    stop: StopFlag | None = None,
) -> Report:
    """Train on a corpus in several ways, score all of them, and test the differences.

    Parameters
    ----------
    corpus : path, list of paths, iterable of sentences, or Walks, optional
        Text files, tables, edges, folders or addresses; or sentences or walks, which are read once
        and written to ``sentences.txt`` in `output` (see `w2vneg.model.SkipGram.fit`). Default: the
        sample of Wikipedia that comes with gensim.
    samplers : sequence of str
        What to compare, the baseline first: named samplers, or parts joined by ``+`` such as
        ``gneg+hardest``.
    against : sequence of str
        Reference arms: ``gensim``, or more samplers.
    seeds : int or sequence of int
        The number of trainings per arm, with seeds from 1; or the seeds themselves.
    settings : sequence of str
        Training options: ``dim=50`` for all arms that have the option, ``gneg:lr=0.05`` for one.
    grids : sequence of str
        ``lr=0.025,0.05``: each arm that has the option is replaced by one per value.
    ranks : sequence of int
        ``[1, 4]``: each arm of w2vneg is replaced by one per number of ranks, which are simulated in
        the process of a run; 1 trains without ranks. `settings` and `grids` then also take
        ``sync-every``, ``sync-rows``, ``sync-rule``, ``sync-bits`` and ``local-lr``.
    equal_time : bool
        Train every other arm of w2vneg for the mean time that the baseline took, preparation
        included, instead of for equal epochs.
    tune : bool
        With `equal_time`: search for the best options of each arm first, those that are not set.
    eval_every : float, optional
        Also score at intervals of this share of the training (at least 0.01, less than 1), for
        learning curves.
    analogies, similarity : sequences of paths
        Test sets: files or folders of analogy questions and of rated word pairs. Without either,
        those that come with gensim.
    restrict_vocab : int
        Limit analogies to this many of the most frequent words, and word pairs to 300,000 or to
        this many if these are more.
    case_sensitive : bool
        Whether words that differ only in case are different words.
    common : bool
        Score only the questions and pairs that all arms can answer. They differ only where vectors
        are zero or an arm has other words.
    tokenizer, column, group, order, input
        How the corpus is read: see `w2vneg.model.SkipGram.fit`. With `group` and for graphs, the
        default of all arms is ``sample=0`` and ``min_count=1``; for walks, ``window=10``.
    output : path, optional
        Folder for the page (``index.html``), the tables (``results.json``, ``results.csv``), and
        the results of all runs: the same call resumes an interrupted comparison. Default: nothing
        is written.
    keep_vectors : bool
        Save the vectors of every run to `output`, not only those of each arm's first seed.
    command : str
        The command line, for the report.
    progress, stop
        Progress reporter and stop flag.

    Returns
    -------
    Report

    Raises
    ------
    UsageError
        If an option, a sampler or a path is not valid.
    DataError
        If a file cannot be used, or the corpus has none of the words of the test sets.
    ResourceError
        If the ranks of an arm do not fit into memory together.
    RunFailed
        If a run ended without a result.
    Interrupted
        If `stop` was set.
    """
    from w2vneg.comparison.analysis import make_report
    from w2vneg.comparison.arms import make_arms
    from w2vneg.comparison.material import take_material
    from w2vneg.comparison.plan import EvaluationOptions, make_plan
    from w2vneg.comparison.report.files import write_report
    from w2vneg.comparison.runs import do_all_runs
    from w2vneg.comparison.tuning.arms import tuned
    from w2vneg.system.interrupt import StopFlag
    from w2vneg.system.progress import Progress

    progress, stop = progress or Progress(), stop or StopFlag()
    if tune and not equal_time:
        raise UsageError(f"{named('tune', True)} needs {named('equal_time', True)}")
    if eval_every is not None and not 0.01 <= eval_every < 1:
        raise UsageError(
            f"{named('eval_every', eval_every)} is out of range: at least 0.01, less than 1"
        )
    material = take_material(
        corpus, input, tokenizer=tokenizer, column=column, group=group, order=order
    )
    arms = make_arms(samplers, [*material.settings(), *settings], grids, against, ranks)
    if any(arm.ranks > 1 for arm in arms):
        _check_ranks(equal_time, eval_every)
    seed_list = list(range(1, seeds + 1)) if isinstance(seeds, int) else list(seeds)
    if not seed_list:
        raise UsageError(f"{named('seeds')} is empty; give at least one seed")
    material.check_reference(arm.tool for arm in arms)
    material.check(stop)
    with contextlib.ExitStack() as stack:
        folder = _folder(output, stack)
        evaluation, notes = EvaluationOptions.choose(
            analogies, similarity, restrict_vocab, case_sensitive, progress=progress, stop=stop
        )
        notes = [*material.notes(), *notes]
        for note in notes:
            progress.note(note)
        paths, reading = material.files(folder, stop)
        try:
            plan = make_plan(
                paths,
                arms,
                folder,
                evaluation,
                input=reading,
                eval_every=eval_every,
                keep_vectors=keep_vectors,
                progress=progress,
                stop=stop,
            )
        finally:
            progress.finish()  # each run shows a bar of its own
        budget = None
        if tune:
            arms, budget = tuned(plan, arms, _CANDIDATES, progress, stop)
            notes.append(
                "options were chosen for each arm by a search on half of the test items, so that all "
                "scores are a little too high"
            )
        results = do_all_runs(plan, arms, seed_list, equal_time, stop, progress.note, budget)
        progress.note("analyzing")
        report = make_report(plan, arms, seed_list, results, command, notes, common=common)
        if output is not None and not write_report(report, plan):
            progress.note(
                "the report has no plots: they need matplotlib (pip install 'w2vneg[report]')"
            )
    return report


def _check_ranks(equal_time: bool, eval_every: float | None) -> None:
    """Refuse what cannot be had of simulated ranks."""
    remedy = f"leave it out, or {named('ranks')}"
    if equal_time:
        raise UsageError(
            f"{named('equal_time', True)} needs times of several machines, which simulated ranks do not "
            f"tell; {remedy}"
        )
    if eval_every is not None:
        raise UsageError(
            f"{named('eval_every', eval_every)} works on one machine only, because ranks agree only at "
            f"the end; {remedy}"
        )


def _folder(output: str | os.PathLike[str] | None, stack: contextlib.ExitStack) -> Path:
    """Return the folder of the report, or a temporary one that `stack` removes."""
    if output is None:
        return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="w2vneg-")))
    folder = Path(output)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(
            f"{os.fspath(output)}: {reason(error)}; choose another folder with {named('output')}"
        ) from None
    return folder
