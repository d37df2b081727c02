"""``w2vneg train``: a corpus to vectors on disk."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from w2vneg.cli.options import Number, Place, check_outputs
from w2vneg.config import TrainConfig, flag

_SUFFIXES = (".gz", ".bz2", ".xz", ".zst")


def config_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add one option for each field of `TrainConfig`, its help and default included."""
    for declared in reversed(fields(TrainConfig)):
        kind = str(declared.type)
        default = declared.default
        shown = (
            ""
            if default is None
            else f"  [default: {default:g}]"
            if isinstance(default, float)
            else f"  [default: {default}]"
        )
        if kind == "bool":
            function = click.option(
                flag(declared.name), declared.name, is_flag=True, help=declared.metadata["help"]
            )(function)
            continue
        type_: Any = str
        if kind.startswith(("int", "float")):
            type_ = Number.of(declared.name)
        elif not declared.metadata["choices"]:
            type_ = Place()
        function = click.option(
            flag(declared.name),
            declared.name,
            type=type_,
            default=default,
            help=declared.metadata["help"] + shown,
        )(function)
    return function


@click.command("train")
@click.argument("corpus", nargs=-1, type=click.Path())
@click.option("-o", "--output", type=Place(), help="File of vectors: .vec or .txt word2vec "
              "text, .bin word2vec binary, .gz on top compresses.  [default: CORPUS.vec]")  # fmt: skip
@config_options
@click.option(
    "--vocab",
    "vocab_file",
    type=Place(),
    help="Train only the words of this file (as --save-vocab writes it).",
)
@click.option("--save-vocab", type=Place(), help="Write words and counts to this file.")
@click.option(
    "--encoding-errors",
    type=str,
    default="drop",
    help="Tokens that are not UTF-8: drop and count them, or strict: stop.  [default: drop]",
)
@click.option("--checkpoint", type=Place(), help="Keep the state of the training in this "
              "folder, to go on from after a crash or Ctrl-C.")  # fmt: skip
@click.option(
    "--checkpoint-every", default="10m", show_default=True, help="How often: 90s, 10m, 2h."
)
@click.option("--resume", type=Place(), help="Go on from the newest checkpoint in this folder, "
              "with its options; checkpoints go on there too.")  # fmt: skip
@click.option("--max-tokens", type=Number(int, 1, 2**62), help="Stop reading after so many tokens.")
@click.option("--no-cache", is_flag=True, help="Neither keep nor reuse the encoded corpus.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def command(
    corpus: tuple[str, ...],
    output: str | None,
    vocab_file: str | None,
    save_vocab: str | None,
    encoding_errors: str,
    checkpoint: str | None,
    checkpoint_every: str,
    resume: str | None,
    max_tokens: int | None,
    no_cache: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Train word vectors on CORPUS.

    CORPUS is any number of text files (plain, gzip, bzip2, xz or zstandard), folders, or - for
    standard input; a line is a sentence. Without one, a sample of Wikipedia is used.
    """
    from w2vneg.cli.output import print_json, print_line, reserve_stdout
    from w2vneg.errors import Interrupted, OutputError, UsageError, suggest
    from w2vneg.system.atomic_files import is_stream
    from w2vneg.system.interrupt import StopFlag, stop_on_signals
    from w2vneg.system.progress_bar import Bar
    from w2vneg.training.checkpoint import Checkpointer, newest, parse_interval, settings
    from w2vneg.vectors.formats import format_of

    began = time.perf_counter()
    # A bad option is found before anything is read.
    interval = parse_interval(checkpoint_every)
    snapshot = None
    if resume:
        snapshot = newest(Path(resume), Bar().note)
        config = settings(snapshot, {name: options[name] for name in _given(options)})
        options = config.to_dict()
        _tell_resumed(snapshot, config)
    else:
        TrainConfig(**options).check_belongs(_given(options))
    if encoding_errors not in ("drop", "strict"):
        raise UsageError(
            f"--encoding-errors {encoding_errors!r}: {suggest(encoding_errors, ['drop', 'strict'])}"
        )
    sample = not corpus
    if sample:
        from w2vneg.datasets.sample import sample_corpus

        corpus = (str(sample_corpus(note=Bar().note)),)
    target = output or default_output(corpus[0])
    format_of(target)
    # A pipe or device has no place for a file beside it.
    beside = None if is_stream(target) else f"{target}.json"
    check_outputs(
        {
            "-o": target,
            "-o (it goes beside the vectors)": beside,
            "--save-vocab": save_vocab,
        },
        [*corpus, vocab_file, options["gneg_graph"]],
    )
    reserve_stdout(target)
    from w2vneg.corpus.vocabulary import Vocabulary
    from w2vneg.model import SkipGram

    vocabulary = Vocabulary.load(vocab_file) if vocab_file else None
    kept_in = checkpoint or resume
    checkpointer = Checkpointer(kept_in, interval) if kept_in else None
    bar = Bar()
    flag_stop = StopFlag()
    with stop_on_signals(flag_stop):
        try:
            model = SkipGram(**options).fit(
                list(corpus),
                vocabulary=vocabulary,
                cache=not no_cache,
                encoding_errors=encoding_errors,
                max_tokens=max_tokens,
                checkpointer=checkpointer,
                resume=snapshot,
                save_to=target,
                progress=bar,
                stop=flag_stop,
            )
            try:
                long_words = model.save(target, progress=bar, stop=flag_stop)
            except (Interrupted, OutputError) as error:
                if checkpointer is None or checkpointer.written is None:
                    raise
                # The complete state is there: nothing has to be trained again.
                error.args = (f"{error}; write it later with --resume {checkpointer.folder}",)
                raise
        finally:
            bar.finish()
        if save_vocab and model.vocabulary is not None:
            model.vocabulary.save(save_vocab)
    bar.note_long_words(long_words)
    training = model.manifest["training"]
    if as_json:
        seconds = time.perf_counter() - began
        print_json({"output": target, "total_seconds": seconds, **model.manifest})
        return
    print_line(
        f"{len(model.words):,} words x {model.config.dim} in {target}   "
        f"({training['tokens']:,} words trained in {training['seconds']:.1f} s, "
        f"{training['words_per_second'] / 1e6:.2f} M words/s)"
    )
    if sample:
        _show_sample(model, target)


def _tell_resumed(snapshot: Any, config: TrainConfig) -> None:
    """Say what the checkpoint holds and what follows from using it."""
    from w2vneg.system.processors import processors
    from w2vneg.system.progress_bar import Bar

    bar, meta = Bar(), snapshot.meta
    total = meta["vocabulary_tokens"] * config.epochs
    if meta["tokens"] >= total:
        bar.note("this training is already complete; its vectors are written again")
        return
    threads = config.threads or processors()
    if threads != meta["threads"]:
        bar.note(
            f"the checkpoint was made with {meta['threads']} threads, this goes on with {threads}: "
            "the result is as good, its bytes are others"
        )
    bar.note(f"going on at {meta['tokens'] / total:.0%}")


def _given(options: dict[str, Any]) -> list[str]:
    """Return the options that stand on the command line, even if with their default."""
    context = click.get_current_context()
    typed = click.core.ParameterSource.COMMANDLINE
    return [name for name in options if context.get_parameter_source(name) is typed]


def default_output(corpus: str) -> str:
    """Return the output for a corpus: its name with ``.vec`` for the suffix."""
    if corpus == "-":
        return "vectors.vec"
    path = Path(corpus.rstrip("/") or corpus)
    if path.suffix.lower() in _SUFFIXES:
        path = path.with_suffix("")
    return str(path.with_suffix(".vec") if path.suffix != ".vec" else Path(f"{path}.vec"))


def _show_sample(model: Any, target: str) -> None:
    """Show neighbours of frequent words and say how to go on."""
    from w2vneg.cli.output import print_line, print_table

    vectors = model.keyed()
    # The very first words are function words; from the hundredth on they mean something.
    words = [word for word in vectors.words[60:] if len(word) > 3][:8]
    rows = [[w, ", ".join(n for n, _ in vectors.neighbors(w, 6))] for w in words]
    print_table(["word", "nearest words"], rows, left=2)
    print_line(
        "This corpus is small; good vectors need 10 million words and more.\n"
        "A larger one:   w2vneg corpus list\n"
        f"Look around:    w2vneg neighbors {target} {words[0] if words else 'WORD'}"
    )
