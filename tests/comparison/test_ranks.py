"""Comparisons of trainings on several simulated ranks."""

import csv
import dataclasses
import json
import re
import threading
from pathlib import Path

import numpy as np
import pytest
from helpers.commands import call, compiled_only

from w2vneg.comparison import compare, make_arms, runs
from w2vneg.comparison.ranks import check_room, name_on_ranks, series_of
from w2vneg.comparison.worker import run_task
from w2vneg.corpus.encode import encode
from w2vneg.corpus.file_kinds import recognize_kind
from w2vneg.errors import Interrupted, ResourceError, UsageError
from w2vneg.samplers import configure
from w2vneg.system import limits
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.option_names import named_as_flags
from w2vneg.system.progress import Progress
from w2vneg.training.cluster.cluster import Cluster
from w2vneg.training.cluster.options import ClusterOptions
from w2vneg.training.cluster.simulated import simulate
from w2vneg.training.train import train
from w2vneg.vectors.load import load_vectors

TINY = {"dim": 6, "epochs": 2, "threads": 1, "min_count": 1}
SETTINGS = [f"{name}={value}" for name, value in TINY.items()]


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    lines = [" ".join(f"w{n}" for n in rng.zipf(1.4, 12).clip(1, 40)) for _ in range(3000)]
    Path("c.txt").write_text("\n".join(lines) + "\n")
    Path("s.tsv").write_text("".join(f"w{i}\tw{i + 3}\t{(7 * i) % 10}\n" for i in range(1, 25)))
    return tmp_path


@pytest.fixture
def here(monkeypatch):
    """Let runs happen in this process, which saves the start of others; return the tasks."""
    tasks = []

    def run(path, stop):
        tasks.append(json.loads(path.read_text()))
        task = runs.Task.from_json(tasks[-1])
        Path(task.result).write_text(json.dumps(run_task(task, Progress(), StopFlag()).to_json()))

    monkeypatch.setattr(runs, "_run_process", run)
    return tasks


def compared(ranks, *more, **options):
    own = {"samplers": ["unigram"], "seeds": 1, "similarity": ["s.tsv"], "output": "report"}
    settings = [*SETTINGS, *more]
    return compare("c.txt", ranks=ranks, settings=settings, **{**own, **options})


def saved(name, folder="report"):
    return load_vectors(f"{folder}/vectors/{name}-1.bin").matrix


def trained(size, **options):
    """The vectors of a training on ranks, without a comparison; on one: without ranks."""
    config = configure(preset="word2vec", seed=1, **TINY)
    with encode(["c.txt"], min_count=1) as corpus:
        if size == 1:
            return train(corpus, config).w_in

        def work(ranks):
            team = Cluster(ranks, ClusterOptions(**options))
            return train(team.share(corpus), team.check(config), team=team).w_in

        return simulate(size, work)[0]


@compiled_only
def test_each_arm_has_the_vectors_of_a_training_on_so_many_ranks(place, here):
    report = compared([1, 2, 3])
    assert list(report.arms) == ["unigram, 1 rank", "unigram, 2 ranks", "unigram, 3 ranks"]
    for size, name in ((1, "unigram_1_rank"), (2, "unigram_2_ranks"), (3, "unigram_3_ranks")):
        assert saved(name).tobytes() == trained(size).tobytes()
    compared([], output="alone")
    assert saved("unigram", "alone").tobytes() == saved("unigram_1_rank").tobytes()


@compiled_only
def test_options_of_ranks_reach_them(place, here):
    sync = {"sync_every": 10_000, "sync_rows": 8, "sync_rule": "adaptive", "sync_bits": 8}
    sync["local_lr"] = 0.03
    report = compared([2], *(f"{name}={value}" for name, value in sync.items()))
    assert saved("unigram_2_ranks").tobytes() == trained(2, **sync).tobytes()
    told = report.arms["unigram, 2 ranks"].ranks
    assert told["rule"] == sync.pop("sync_rule")
    assert {name: told[name] for name in sync} == sync
    # Each of them changes the result.
    for name, value in sync.items():
        base = {"sync_every": 12_000}
        assert trained(2, **{**base, name: value}).tobytes() != trained(2, **base).tobytes(), name


@compiled_only
def test_reports_say_how_ranks_kept_in_step_but_no_times(place, here):
    report = compared([1, 2], output="report")
    data = json.loads(Path("report/results.json").read_text())
    alone, two = data["arms"].values()
    assert alone["ranks"] is None
    assert alone["cost"]["seconds"] > 0
    assert two["ranks"] == {
        "simulated": True, "ranks": 2, "rule": "mean", "local_lr": 0.05, "sync_every": 10_000,
        "sync_rows": 1024, "sync_bits": 32, "syncs": two["ranks"]["syncs"],
        "bytes_sent": two["ranks"]["bytes_sent"],
    }  # fmt: skip
    assert two["ranks"]["syncs"] > 1
    assert two["ranks"]["bytes_sent"] > 0
    assert two["cost"]["tokens"] == alone["cost"]["tokens"] == 2 * 3000 * 12
    assert {v for k, v in two["cost"].items() if k != "tokens"} == {None}
    runs_of = {run["arm"]: run for run in data["runs"]}
    assert "ranks" not in runs_of["unigram, 1 rank"]
    own = runs_of["unigram, 2 ranks"]
    assert own["ranks"]["ranks"] == 2
    assert (own["seconds"], own["prepare_seconds"], own["peak_memory"]) == (None, None, None)
    table = Path("report/results.csv").read_bytes()
    assert recognize_kind(table) is not None  # a corpus in this folder is read without it
    one, other = csv.DictReader(table.decode().splitlines())
    assert (one["ranks"], other["ranks"]) == ("1", "2")
    assert one["seconds"]
    assert other["seconds"] == other["peak_memory"] == ""
    html = Path("report/index.html").read_text()
    assert "<td>simulated</td>" in html
    assert "2 simulated ranks: --sync-rule mean --local-lr 0.05" in html
    assert report.summary()[-1].endswith("0.0 million words a rank.")
    # Without other ranks nothing of all this is shown.
    compared([1], output="one")
    assert "simulated" not in Path("one/index.html").read_text()


@compiled_only
def test_an_interrupted_comparison_goes_on_with_the_same_numbers_of_ranks(place, here):
    class Interrupting(Progress):
        def note(self, message):
            if message.startswith("run 3 of 3"):
                stop.set()

    stop = StopFlag()
    with pytest.raises(Interrupted, match="the same command resumes"):
        compared([1, 2, 4], progress=Interrupting(), stop=stop)
    assert [task["ranks"] for task in here] == [1, 2]
    compared([1, 2, 4])
    assert [task["ranks"] for task in here] == [1, 2, 4]
    # Another way to keep in step is another run; without ranks nothing has changed.
    compared([1, 2, 4], "sync-rule=adaptive")
    assert [task["ranks"] for task in here[3:]] == [2, 4]
    compared([1, 2, 4], "sync-rule=adaptive")
    assert len(here) == 5


@compiled_only
def test_a_file_of_another_number_of_ranks_is_not_taken_for_a_result(place, here):
    compared([2])
    source = Path("report/runs/unigram_2_ranks-1.json")
    source.rename("report/runs/unigram_3_ranks-1.json")
    Path("report/vectors/unigram_2_ranks-1.bin").rename("report/vectors/unigram_3_ranks-1.bin")
    compared([3])
    assert [task["ranks"] for task in here] == [2, 3]


@compiled_only
def test_ranks_have_the_threads_that_are_set(place, here):
    report = compared([2], "threads=2")
    assert report.arms["unigram, 2 ranks"].options["threads"] == 2
    assert np.isfinite(saved("unigram_2_ranks")).all()


def test_arms_of_several_ranks_beside_grids_and_gensim():
    arms = make_arms(
        ["unigram", "dynamic"],
        ["dynamic:lr=0.05"],
        ["sync-rule=mean,adaptive", "unigram:epochs=3,4"],
        ranks=[1, 8],
    )
    assert [arm.name for arm in arms] == [
        "unigram, 1 rank epochs=3", "unigram, 1 rank epochs=4",
        "unigram, 8 ranks sync-rule=mean epochs=3", "unigram, 8 ranks sync-rule=mean epochs=4",
        "unigram, 8 ranks sync-rule=adaptive epochs=3",
        "unigram, 8 ranks sync-rule=adaptive epochs=4",
        "dynamic, 1 rank", "dynamic, 8 ranks sync-rule=mean", "dynamic, 8 ranks sync-rule=adaptive",
    ]  # fmt: skip
    assert [arm.ranks for arm in arms] == [1, 1, 8, 8, 8, 8, 1, 8, 8]
    assert [arm.config(1).lr for arm in arms] == [0.025] * 6 + [0.05] * 3
    assert [arm.cluster and arm.cluster.rule(8) for arm in arms[-3:]] == [None, "mean", "adaptive"]
    assert series_of(arms[3].name) == ("unigram sync-rule=mean epochs=4", 8)
    assert series_of("unigram epochs=3") is None
    assert series_of(name_on_ranks("gneg+hardest", 1)) == ("gneg+hardest", 1)
    mixed = make_arms(["unigram", "gensim"], ranks=[2])
    assert [(arm.name, arm.ranks) for arm in mixed] == [("unigram, 2 ranks", 2), ("gensim", 1)]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"samplers": ["whole-data"]}, "whole-data, 2 ranks: .*one machine only; leave out this arm"),
        ({"equal_time": True}, "simulated ranks do not tell; leave it out, or ranks="),
        ({"equal_time": True, "tune": True}, "simulated ranks do not tell"),
        ({"eval_every": 0.5}, "agree only at the end; leave it out, or ranks="),
        ({"samplers": ["gensim"]}, "no effect on gensim; name a sampler with samplers="),
        ({"ranks": [2, 2]}, "ranks=2 is given twice; leave one out"),
        ({"ranks": [0]}, "ranks=0 is out of range: whole numbers, at least 1, at most 256"),
        ({"ranks": [257]}, "ranks=257 is out of range"),
        ({"ranks": ["2"]}, "ranks='2' is out of range"),
        ({"ranks": [True]}, "ranks=True is out of range"),
        ({"ranks": [], "settings": ["sync-bits=8"]}, "several ranks; give ranks="),
        ({"ranks": [1], "grids": ["sync-bits=8,32"]}, "several ranks; give ranks="),
        ({"settings": ["sync-every=auto"]}, "give a number of words, or leave it out"),
        ({"settings": ["sync-every=0"]}, "no number of words"),
        ({"settings": ["sync-rule=men"]}, "did you mean 'mean'"),
        ({"settings": ["local-lr=0"]}, "local_lr=0.0 is out of range"),
        ({"settings": ["sync-timeout=5s"]}, "settings='sync-timeout'"),
    ],
)  # fmt: skip
def test_what_ranks_cannot_do_is_refused_before_a_folder_is_made(place, options, text):
    with pytest.raises(UsageError, match=text):
        compare("c.txt", **{"samplers": ["unigram"], "ranks": [1, 2], "output": "no", **options})
    assert not Path("no").exists()


@compiled_only
@pytest.mark.parametrize(
    "arguments",
    [
        ["--ranks", "1,2", "--samplers", "unigram,uniform"],  # without the arm of whole-data
        ["--samplers", "unigram,whole-data", "--set", "whole-data:sweeps=1"],  # without --ranks
        ["--ranks", "2", "--set", "sync-every=50"],
        ["--ranks", "2"],
    ],
)
def test_remedies_work(place, here, arguments):
    usual = ["--samplers", "unigram", "--seeds", "1", "--set", "dim=4,min-count=1,threads=1"]
    outcome = call("compare", "c.txt", "--similarity", "s.tsv", *usual, *arguments)
    assert outcome.code == 0, outcome.err
    if "--ranks" in arguments:
        assert re.search(r"unigram, 2 ranks .* simulated", outcome.out)
        assert re.search(r"unigram, 2 ranks +mean +0.05 ", outcome.out)


def test_options_of_ranks_are_unknown_where_there_are_none():
    for name in ("settings", "grids"):
        with pytest.raises(UsageError, match=f"{name}='sync-rule': "):
            make_arms(["unigram"], **{name: ["sync-rule=mean"]})


@compiled_only
def test_ranks_that_do_not_fit_are_refused_before_the_first_run(place, here, monkeypatch):
    monkeypatch.setattr(limits, "available_memory", lambda: 40 << 20)
    with pytest.raises(
        ResourceError, match="200 simulated ranks.* lower ranks=, dim= or max_vocab="
    ):
        compared([1, 200], "dim=400")
    assert here == []
    compared([1, 2], "dim=400")  # the remedy


def test_the_memory_of_ranks_grows_with_their_number(monkeypatch):
    asked = []
    monkeypatch.setattr(
        "w2vneg.comparison.ranks.check_memory", lambda needed, *words: asked.append(needed)
    )
    for ranks in (1, 8):
        check_room("x", ranks, 100_000, 300)
    assert asked[1] == 8 * asked[0]
    assert asked[0] > 4 * 4 * 100_000 * 300  # both matrices, and copies of them


def test_more_ranks_than_the_system_has_threads(monkeypatch):
    start, before = threading.Thread.start, threading.active_count()

    def refuse(self):
        if threading.active_count() - before >= 2:
            raise RuntimeError("can't start new thread")
        start(self)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with (
        named_as_flags(),
        pytest.raises(ResourceError, match="cannot start 5 ranks.*lower --ranks"),
    ):
        simulate(5, lambda ranks: ranks.meet({}))
    assert len(simulate(2, lambda ranks: ranks.meet({}))) == 2


@compiled_only
def test_no_rank_takes_memory_before_all_have_found_room(place, monkeypatch):
    """Otherwise a late rank would count what the others have taken as missing."""
    events = []
    check, build = limits.check_memory, train.__globals__["build_sampler"]
    monkeypatch.setitem(
        train.__globals__, "check_memory", lambda *a: events.append("check") or check(*a)
    )

    def sampler(context):
        events.append("take")
        return build(context)

    config = configure(preset="word2vec", **TINY)
    with encode(["c.txt"], min_count=1) as corpus:

        def work(ranks):
            team = Cluster(ranks)
            train(team.share(corpus), team.check(config), team=team, sampler_for=sampler)

        simulate(4, work)
    assert events[:4] == ["check"] * 4
    assert set(events[4:]) == {"take"}


def test_cost_of_unknown_times_is_unknown():
    from w2vneg.comparison.report.report import Cost

    known = Cost(2.0, None, 1.0, 10.0, 5.0, 1e6)
    unknown = dataclasses.replace(known, seconds=None, words_per_second=None)
    assert known.total_seconds == 3.0
    assert unknown.total_seconds is None
    assert known.times_as_long(dataclasses.replace(known, words_per_second=10.0)) == 2.0
    assert known.times_as_long(unknown) is unknown.times_as_long(known) is None
