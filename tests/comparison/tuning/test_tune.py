"""The search finds what is better where that is known, resumes, and reports on the other half."""

import json

import pytest
from helpers.commands import call, compiled_only, refused

import w2vneg.comparison.tuning.tune as module
from w2vneg.comparison.arms import make_arms
from w2vneg.comparison.plan import EvaluationOptions, make_plan
from w2vneg.comparison.run_result import Items, RunResult, SectionItems, Training
from w2vneg.comparison.runs import RunFailed
from w2vneg.comparison.tuning.arms import tuned
from w2vneg.comparison.tuning.space import SPACE, draw_candidates, search_space, worth
from w2vneg.comparison.tuning.tune import tune
from w2vneg.errors import UsageError
from w2vneg.system.interrupt import StopFlag
from w2vneg.system.progress import Progress

QUESTIONS = ": all\n" + "a b c d\nb c d a\nc d a b\nd a b c\n" * 3


@pytest.fixture
def files(tmp_path):
    (tmp_path / "c.txt").write_text("a b c d e f g h\nb d f h a c e g\n" * 60)
    (tmp_path / "q.txt").write_text(QUESTIONS)
    return tmp_path


def result(share, seconds):
    """A result in which a share of all questions is answered."""
    right = round(100 * share)
    outcomes = "".join("1" if i % 100 < right else "0" for i in range(100)) * 2
    training = Training(4000, seconds, 0.0, 1.0, 0, {}, 0, 0.0)
    return RunResult("", training, {}, Items({"q": {"s": SectionItems("other", outcomes)}}, {}), [])


def search(files, monkeypatch, quality, **options):
    """Run a search in which `quality(options, seed)` stands for training and scoring."""
    ran = []

    def run(plan, arm, seed, seconds, save, stop, note):
        ran.append((arm.name, plan.tokens, seed, seconds))
        return result(quality(arm.options, seed), seconds or 2.0)

    monkeypatch.setattr(module, "do_run", run)
    monkeypatch.setattr(module, "_FEWEST_TOKENS", 50)
    given = {"output": files / "t", "analogies": [files / "q.txt"], "settings": ["min-count=1"]}
    return tune([files / "c.txt"], **{**given, **options}), ran


def test_the_best_value_wins_and_is_reported(files, monkeypatch):
    def quality(options, seed):
        return 0.3 + 0.2 * (options.get("lr") == 0.05) + 0.2 * (options.get("negatives") == 10)

    found, ran = search(files, monkeypatch, quality, trials=400, seconds=9.0, seeds=2)
    assert (found.best.options["lr"], found.best.options["negatives"]) == (0.05, 10)
    assert found.is_better
    assert "--lr 0.05 --negatives 10" in found.command
    assert found.best.scores == {"q": [pytest.approx(0.7)] * 2}
    assert found.worth["lr"]["0.05"] == max(found.worth["lr"].values())
    assert [one.seconds for one in found.rounds] == pytest.approx([1.0, 3.0, 9.0])
    assert [len(one.scores) for one in found.rounds] == [289, 98, 34]
    sizes = {name: set() for name, *_ in ran}
    for name, tokens, _, seconds in ran:
        sizes[name].add((tokens, seconds))
    assert sizes["balanced"] == {(106, 1.0), (320, 3.0), (960, 9.0)}, "equal time, larger parts"


def test_a_lucky_candidate_is_not_recommended(files, monkeypatch):
    found, _ = search(
        files, monkeypatch, lambda options, seed: 0.5 if "lr" not in options else 0.6 - 0.1 * seed,
        trials=3, seconds=1.0,
    )  # fmt: skip
    assert not found.is_better
    assert "--lr" not in found.command


def test_without_a_time_that_of_the_default_counts(files, monkeypatch):
    found, ran = search(files, monkeypatch, lambda options, seed: 0.5, trials=2)
    assert found.seconds == 2.0
    assert ran[0] == ("balanced", 960, 1, None)


def test_failed_candidates_come_last(files, monkeypatch):
    def quality(options, seed):
        if options.get("lr") == 0.025:
            raise RunFailed("diverged")
        return 0.5

    found, _ = search(files, monkeypatch, quality, trials=30, seconds=1.0)
    last = list(found.rounds[0].scores)[-1]
    assert "lr=0.025" in last
    assert all("lr=0.025" not in name for name in found.rounds[1].scores)
    with pytest.raises(RunFailed):
        search(files, monkeypatch, lambda o, s: 0.5 if "lr" in o else quality({"lr": 0.025}, 1))


def test_every_arm_gets_its_own_best_options(files, monkeypatch):
    def run(plan, arm, seed, seconds, save, stop, note):
        wanted = {"unigram": 0.025, "dynamic": 0.075}[arm.options["sampler"]]
        assert arm.options["dim"] == 5
        score = 0.5 + 0.2 * (arm.options.get("lr") == wanted)
        return result(score, seconds or 3.0)

    monkeypatch.setattr(module, "do_run", run)
    arms = make_arms(["unigram", "dynamic"], ["dim=5", "min-count=1"], [], ["gensim"])
    evaluation, _ = EvaluationOptions.choose([files / "q.txt"], [], 30_000)
    progress, stop = Progress(), StopFlag()
    plan = make_plan([str(files / "c.txt")], arms, files, evaluation, progress=progress, stop=stop)
    found, seconds = tuned(plan, arms, 30, progress, stop)
    assert seconds == 3.0
    assert [arm.name for arm in found] == ["unigram", "dynamic", "gensim", "balanced"]
    assert [arm.options.get("lr") for arm in found] == [0.025, 0.075, None, None]
    fixed = make_arms(["unigram"], ["dim=5", "min-count=1", "lr=0.025"])
    assert tuned(plan, fixed, 30, progress, stop)[0][0].options["lr"] == 0.025


def test_tuning_needs_a_time(files, monkeypatch):
    monkeypatch.chdir(files)
    refused(call("compare", "c.txt", "--tune"), 2, "--tune needs --equal-time")


def test_candidates_differ_and_follow_the_seed():
    arms = draw_candidates(SPACE, {"dim": 7}, 20, 3)
    assert len({arm.name for arm in arms}) == 20
    assert {arm.options["dim"] for arm in arms} == {7}
    assert [a.name for a in draw_candidates(SPACE, {}, 20, 3)] == [a.name for a in arms]
    assert [a.name for a in draw_candidates(SPACE, {}, 20, 4)] != [a.name for a in arms]
    assert len(draw_candidates({"lr": (0.1, 0.2)}, {}, 20, 1)) == 2


def test_the_space_is_what_is_asked_for():
    assert search_space(["dim=10,20"], {}) == {"dim": (10, 20)}
    assert "lr" not in search_space([], {"lr": 0.1})
    for grids, text in ((["dim=1,x"], "dim= must be a number"), (["a:dim=1"], "leave out a:")):
        with pytest.raises(UsageError, match=text):
            search_space(grids, {})
    with pytest.raises(UsageError, match="both set and searched"):
        search_space(["dim=10"], {"dim": 5})


def test_worth_is_a_difference_from_the_mean():
    arms = draw_candidates({"lr": (0.1, 0.2)}, {}, 9, 1)
    scores = {arm.name: arm.options["lr"] for arm in arms}
    assert worth({"lr": (0.1, 0.2)}, scores, arms)["lr"] == pytest.approx(
        {"0.1": -0.05, "0.2": 0.05}
    )
    assert worth({"lr": (0.1,)}, {arm.name: float("nan") for arm in arms}, arms) == {}


@compiled_only
@pytest.mark.slow
def test_a_search_can_be_repeated_from_its_results(files, monkeypatch):
    monkeypatch.chdir(files)
    command = (
        "tune", "c.txt", "--time", "0.2s", "--set", "min-count=1", "--set", "dim=4", "--set",
        "threads=1", "--grid", "lr=0.01,0.05", "--seeds", "1", "--analogies", "q.txt", "--json",
    )  # fmt: skip
    first = call(*command)
    assert first.code == 0, first.err
    written = {path.name: path.stat().st_mtime_ns for path in (files / "tuning/runs").iterdir()}
    again = call(*command)
    assert json.loads(again.out) == json.loads(first.out)
    assert {p.name: p.stat().st_mtime_ns for p in (files / "tuning/runs").iterdir()} == written
    refused(call("vocab", "tuning/tuning.json"), 1, "JSON output of w2vneg, not text")
    refused(call("vocab", "tuning"), 1, "no text files in folder tuning")
    shown = call(*command[:-1])
    assert "held-back half" in shown.out
    assert shown.out.rstrip().splitlines()[-1].startswith("w2vneg train ")
    refused(
        call("tune", "c.txt", "--grid", "lr=0.1", "--set", "lr=0.2"),
        2,
        "--lr is both set and searched; leave one out",
    )


def test_the_default_preset_is_the_arm_to_beat():
    (arm,) = make_arms(["balanced"], ["dim=5"])
    assert (arm.name, arm.options) == ("balanced", {"preset": "balanced", "dim": 5})


def test_graphs_are_searched_whole_and_sentences_are_written(files, monkeypatch):
    """Each round walks on the whole graph for its share of the time."""
    import w2vneg

    (files / "g.edges").write_text("a b\nb c\nc d\nd a\na c\n")
    given = {"output": files / "t", "analogies": [files / "q.txt"], "seconds": 9.0, "trials": 3}
    ran = []

    def run(plan, arm, seed, seconds, save, stop, note):
        ran.append((plan, arm, seconds))
        return result(0.5, seconds)

    monkeypatch.setattr(module, "do_run", run)
    monkeypatch.setattr(module, "_FEWEST_TOKENS", 50)
    found = tune(files / "g.edges", **given)
    assert {seconds for *_, seconds in ran} == {1.0, 3.0, 9.0}
    assert {plan.encode.max_tokens for plan, *_ in ran} == {None}
    assert {plan.tokens for plan, *_ in ran} == {4 * 10 * 80}
    config = ran[0][1].config(1)
    assert (config.window, config.sample, config.min_count) == (10, 0, 1)
    assert found.command.startswith(
        f"w2vneg train {files / 'g.edges'} --format edges --preset balanced"
    )
    ran.clear()
    walks = w2vneg.walks(files / "g.edges", walk_length=20)
    tune(walks, **given)
    assert {*ran[0][0].corpus} == {str(files / "t" / "sentences.txt")}
    assert ran[0][1].config(1).window == 10
    ran.clear()
    tune([["a", "b", "c", "d"]] * 9, **given)
    assert ran[-1][0].tokens == 36
    (files / "s.csv").write_text("who,what\n" + "1,a\n1,b\n2,c\n2,d\n" * 9)
    found = tune(files / "s.csv", column="what", group="who", **given)
    assert "--format csv" not in found.command
    assert " --column what --group who " in found.command
