"""``w2vneg train``: from a corpus to vectors on disk."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

import click

from w2vneg.cli.input_options import (
    INPUT_NAMES,
    PREPARING_NAMES,
    WALK_NAMES,
    input_options,
    session_defaults,
    take_input,
    walk_options,
)
from w2vneg.cli.options import Number, Place, check_outputs, note_outputs_in_corpus, refuse_idle
from w2vneg.cli.ranks import CLUSTER_NAMES, cluster_options, on_ranks, take_cluster
from w2vneg.cli.training_options import GroupedCommand, given_options, training_options
from w2vneg.cli.vector_output import named_outputs
from w2vneg.config import TrainConfig
from w2vneg.corpus.addresses import file_name, is_address
from w2vneg.corpus.decompress import COMPRESSED_SUFFIXES
from w2vneg.corpus.input_options import without_suffix
from w2vneg.corpus.options import ENCODING_ERRORS
from w2vneg.corpus.text_bytes import TEXT_SUFFIXES
from w2vneg.errors import UsageError, counted
from w2vneg.system.ranks import Ranks
from w2vneg.vectors.formats import output_help

#: Bars of rising height.
_BARS = "▁▂▃▄▅▆▇█"
#: Section of the help to its options; the sections follow the main options.
_SECTIONS = {
    "Corpus and vocabulary": (
        "max_vocab",
        "sample",
        "vocab_file",
        "save_vocab",
        "phrases",
        "encoding_errors",
        "max_tokens",
        "no_cache",
    ),
    "Tables": INPUT_NAMES,
    "Tokenization": PREPARING_NAMES,
    "Graphs": WALK_NAMES,
    "Several machines": CLUSTER_NAMES,
    "Vectors to start from": ("continued", "rounds", "init", "freeze", "freeze_first"),
    "Checkpoints": ("checkpoint", "checkpoint_every", "resume"),
}


@click.command("train", cls=GroupedCommand, sections=_SECTIONS)
@click.argument("corpus", nargs=-1, type=click.Path())
@click.option(
    "-o",
    "--output",
    type=Place(),
    help=f"File of vectors: {output_help()}.  [default: CORPUS.vec]",
)
@training_options
@click.option(
    "--time",
    help="Train as well as possible in about this time, from the start to the vectors on disk: 60s, "
    "10m, 2h. The speed is measured; epochs and what --preset sets follow from it.",
)
@input_options
@walk_options
@click.option(
    "--vocab",
    "vocab_file",
    type=Place(),
    help="Restrict the training to the words in this file (as written by --save-vocab); of these, "
    "--min-count and --max-vocab, if given, leave out the rare ones.",
)
@click.option("--save-vocab", type=Place(), help="Write words and counts to this file.")
@click.option(
    "--phrases",
    type=Number(int, 1, 10),
    help="Join phrases to words such as new_york, in N passes; w2vneg phrases shows them.",
)
@click.option(
    "--encoding-errors",
    type=str,
    default="drop",
    help="Tokens that are not UTF-8: skip and count them (drop), or fail (strict).  "
    "[default: drop]",
)
@click.option(
    "--checkpoint",
    type=Place(),
    help="Save the state of the training in this folder, to resume after a crash or Ctrl-C.",
)
@click.option(
    "--checkpoint-every",
    default="10m",
    show_default=True,
    help="Interval between checkpoints: 90s, 10m, 2h.",
)
@click.option(
    "--resume",
    type=Place(),
    help="Resume from the newest checkpoint in this folder, with its options, and keep writing "
    "checkpoints there.",
)
@cluster_options
@click.option(
    "--continue",
    "continued",
    type=Place(),
    help="Continue the training of this model (.w2v) with CORPUS: its words and vectors stay, words "
    "that CORPUS adds are learned, and its options apply where no others are given.  [output: "
    "CORPUS.w2v]",
)
@click.option("--max-tokens", type=Number(int, 1, 2**62), help="Read only the first N tokens.")
@click.option("--no-cache", is_flag=True, help="Do not use the cache of encoded corpora.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
@on_ranks
def command(
    corpus: tuple[str, ...],
    output: str | None,
    time: str | None,
    vocab_file: str | None,
    save_vocab: str | None,
    phrases: int | None,
    encoding_errors: str,
    checkpoint: str | None,
    checkpoint_every: str,
    resume: str | None,
    continued: str | None,
    max_tokens: int | None,
    no_cache: bool,
    as_json: bool,
    workers: int | None,
    hosts: str | None,
    shards: bool,
    ranks: Ranks,
    **options: Any,
) -> None:
    """Train word vectors on CORPUS.

    CORPUS is any number of text files (plain, gzip, bzip2, xz or zstandard), folders, or - for
    standard input; each line is a sentence. With --column it is tables, with --format edges the
    edges of a graph. Without one, a sample of Wikipedia is used.
    """
    from w2vneg.cli.output import print_json, print_line, reserve_stdout
    from w2vneg.cli.running import running
    from w2vneg.errors import Interrupted, OutputError, suggest
    from w2vneg.samplers import configure
    from w2vneg.system.atomic_files import is_stream
    from w2vneg.system.durations import parse_duration
    from w2vneg.system.progress_bar import Bar
    from w2vneg.training.alone import ALONE_TEAM
    from w2vneg.training.checkpoint import Checkpointer, newest, settings
    from w2vneg.training.cluster.start import bound_note
    from w2vneg.vectors.formats import format_of

    began = perf_counter()
    if workers is not None and workers > 1:
        from w2vneg.cli.workers import run_workers

        raise click.exceptions.Exit(run_workers(workers, hosts, sys.argv[1:]))
    if hosts is not None:
        raise UsageError("--hosts has no effect without --workers, the number of ranks")
    team = take_cluster(options, ranks, shards)
    if shards:
        corpus = tuple(path.replace("{rank}", str(ranks.rank)) for path in corpus)
    # Bad options are refused before anything is read.
    interval = parse_duration(checkpoint_every, "checkpoint_every")
    if time is not None:
        parse_duration(time, "time")
        refuse_idle(["epochs"], "has no effect with --time, which chooses the epochs")
        if resume:
            raise UsageError("--time has no effect with --resume, which keeps the epochs")
    if not (checkpoint or resume):
        refuse_idle(["checkpoint_every"], "has no effect without --checkpoint or --resume")
    reading = take_input(options, corpus)
    given = given_options(options)
    if reading.walks is not None:
        refuse_idle(
            ["no_cache", "max_tokens", "encoding_errors"], "has no effect on the edges of a graph"
        )
    snapshot = newest(Path(resume), Bar().note, ranks.rank, ranks.size) if resume else None
    model = None if continued is None else _model(continued, given)
    if snapshot is not None:
        config = settings(snapshot, given)
        _note_resumed(snapshot, config, ranks.size)
    elif model is not None:
        config = model.config
    else:
        of_input = session_defaults(reading, ("sample", "min_count", "window"), Bar().note)
        if of_input and "preset" not in given:  # the others were found for text
            given["preset"] = "word2vec"
        given |= of_input
        config = configure(given=given, **given)
    if encoding_errors not in ENCODING_ERRORS:
        remedy = suggest(encoding_errors, list(ENCODING_ERRORS))
        raise UsageError(f"--encoding-errors {encoding_errors!r}: {remedy}")
    sample = not corpus
    if sample:
        from w2vneg.datasets.sample import sample_corpus

        with running() as (bar, stop):
            corpus = (str(sample_corpus(note=bar.note, progress=bar, stop=stop)),)
    target = output or default_output(corpus[0], ".vec" if continued is None else ".w2v")
    format_of(target)
    # A pipe or device has no folder for a second file.
    manifest = None if is_stream(target) else f"{target}.json"
    if ranks.rank == 0:  # the others write nothing
        check_outputs(
            {
                **named_outputs("-o", target),
                "-o (with .json for the metadata)": manifest,
                "--save-vocab": save_vocab,
            },
            [*corpus, vocab_file, *_paths(config)],
        )
        # The model itself may be replaced by its continuation.
        check_outputs(
            {"--save-vocab": save_vocab, "-o (with .json for the metadata)": manifest}, [continued]
        )
        reserve_stdout(target)
    note_outputs_in_corpus((target, save_vocab, checkpoint or resume), corpus, Bar().note)
    from w2vneg.corpus.paths_or_sentences import Paths
    from w2vneg.corpus.vocabulary import Vocabulary
    from w2vneg.model import SkipGram
    from w2vneg.training.start import check_freezing

    check_freezing(config, continued is not None or resume is not None)
    vocabulary = Vocabulary.load(vocab_file) if vocab_file else None
    folder = checkpoint or resume
    checkpointer = None
    if folder:
        checkpointer = (
            Checkpointer(folder, interval) if team is None else team.checkpointer(folder, interval)
        )
    with running() as (bar, stop):
        if team is not None and (limited := bound_note(ranks)):
            bar.note(limited)
        model = (model or SkipGram.of(config, None if resume else given)).fit(
            Paths(corpus),
            vocabulary=vocabulary,
            min_count=given.get("min_count"),
            phrases=phrases or 0,
            cache=not no_cache,
            encoding_errors=encoding_errors,
            max_tokens=max_tokens,
            input=reading,
            checkpointer=checkpointer,
            resume=snapshot,
            update=continued is not None,
            save_to=target if ranks.rank == 0 else None,
            time=time,
            progress=bar,
            stop=stop,
            team=team or ALONE_TEAM,
        )
        if ranks.rank:
            return
        try:
            long_words = model.save(target, progress=bar, stop=stop)
        except (Interrupted, OutputError) as error:
            if checkpointer is None or checkpointer.written is None:
                raise
            # The complete state has been saved: no training is lost.
            error.args = (f"{error}; write it later with --resume {checkpointer.folder}",)
            raise
        bar.finish()
        if save_vocab and model.vocabulary is not None:
            model.vocabulary.save(save_vocab)
    bar.note_long_words(long_words)
    training = model.manifest["training"]
    if as_json:
        seconds = perf_counter() - began
        print_json({"output": target, "total_seconds": seconds, **model.manifest})
        return
    print_line(
        f"{len(model.words):,} words x {model.config.dim} in {target}   "
        f"({training['tokens']:,} words trained in {training['seconds']:.1f} s, "
        f"{training['words_per_second'] / 1e6:.2f} M words/s)"
    )
    if len(training["loss_curve"]) > 1:
        print_line(f"loss per pair: {_curve(training['loss_curve'])}")
    if sample:
        _show_sample(model, target)
        return
    for line in model.manifest["advice"]:
        print_line(line)


def _model(path: str, given: dict[str, Any]) -> Any:
    """Return the model that is to be continued, with the options that were typed."""
    from w2vneg.model import SkipGram

    if "init" in given:
        raise UsageError("--init has no effect with --continue, which starts from the model")
    return SkipGram.load(path).set_params(**given)


def _curve(losses: list[float]) -> str:
    """Return a training's losses as a line of bars between the first and the last."""
    low, high = min(losses), max(losses)
    heights = [int((loss - low) / max(high - low, 1e-12) * 7.999) for loss in losses]
    return f"{losses[0]:.3f} {''.join(_BARS[height] for height in heights)} {losses[-1]:.3f}"


def _paths(config: TrainConfig) -> list[str]:
    """Return the files named by options of the sampler."""
    from w2vneg.samplers import all_options

    named = (config[option] for option in all_options().values() if option.is_path)
    return [path for path in named if path is not None]


def _note_resumed(snapshot: Any, config: TrainConfig, ranks: int) -> None:
    """Note where the training resumes, and whether the result can be reproduced exactly."""
    from w2vneg.samplers import training_method
    from w2vneg.system.processors import processors
    from w2vneg.system.progress_bar import Bar
    from w2vneg.training.checkpoint import share_done

    bar, meta = Bar(), snapshot.meta
    done = share_done(snapshot, config)
    if done >= 1:
        bar.note("this training is already complete; writing its vectors again")
        return
    before = len(meta["slices"]["states"]) if "slices" in meta else 1
    if before != ranks:
        bar.note(
            f"the checkpoint was made on {counted(before, 'rank')}, this run has {ranks}: the rest of "
            "the epoch is divided anew, and the result is equally good but not bit for bit the same"
        )
    threads = config.threads or processors()
    if before == ranks == 1 and threads != meta["threads"] and training_method(config).samples:
        bar.note(
            f"the checkpoint was made with {meta['threads']} threads, this run uses {threads}: the "
            "result is equally good but not bit for bit the same"
        )
    bar.note(f"resuming at {done:.0%}")


def default_output(corpus: str, ending: str = ".vec") -> str:
    """Return the output for a corpus: its name with ``.vec`` for the suffix of a text file.

    What follows the last dot of another name, as in ``news.en`` or ``wiki.part1``, is part of it.
    """
    if corpus == "-":
        return f"vectors{ending}"
    name = corpus.rstrip("/") or corpus
    if is_address(corpus):
        name = file_name(corpus)
        if not name or "*" in name:
            return f"vectors{ending}"
    for suffixes in (COMPRESSED_SUFFIXES, TEXT_SUFFIXES):
        stem, suffix = os.path.splitext(name)
        if suffix.lower() in suffixes and not os.path.isdir(corpus):
            name = stem
    if not os.path.isdir(corpus):
        name = without_suffix(name)
    if os.path.basename(name) in ("", ".", ".."):
        name = os.path.join(name, os.path.basename(os.path.realpath(name)) or "vectors")
    return f"{name}{ending}"


def _show_sample(model: Any, target: str) -> None:
    """Show the nearest words of some frequent words, and what to try next."""
    from w2vneg.cli.output import print_line, print_table

    vectors = model.vectors
    # The most frequent words are function words; later ones are more instructive.
    words = [word for word in vectors.words[60:] if len(word) > 3][:8]
    rows = [[w, ", ".join(n for n, _ in vectors.neighbors(w, 6))] for w in words]
    print_table(["word", "nearest words"], rows, left=2)
    print_line(
        "This corpus is small; good vectors need 10 million words or more.\n"
        "Larger corpora:  w2vneg corpus list\n"
        f"Explore:         w2vneg neighbors {target} {words[0] if words else 'WORD'}"
    )
