"""The library class as an estimator of scikit-learn, callbacks after epochs, and progress."""

from typing import Any

import numpy as np
import pytest

from w2vneg import SkipGram
from w2vneg.errors import UsageError
from w2vneg.system import progress_bar, progress_log
from w2vneg.training.epochs import Epoch

OPTIONS = {"dim": 8, "min_count": 1, "threads": 1, "epochs": 3}
PETS = ["the cat sat on the mat", "a cat and a dog", "the dog ran", "my cat ran to the dog"] * 10
FOOD = ["we ate red apples", "green apples and pears", "sweet pears", "pears we ate raw"] * 10


def optional(name: str) -> Any:
    return pytest.importorskip(name, reason=f"{name} is an optional library")


def test_parameters_are_those_that_are_given() -> None:
    model = SkipGram(dim=20, lr=0.1, sampler=None)
    given = {name: value for name, value in model.get_params().items() if value is not None}
    assert given == {"dim": 20, "lr": 0.1}
    assert {"window", "sampler", "negatives", "seed"} <= set(model.get_params(deep=False))
    assert repr(model) == "SkipGram(dim=20, lr=0.1)"
    assert model.set_params(window=3, lr=None) is model
    assert model.config.window == 3
    assert model.config.lr == SkipGram(dim=20, window=3).config.lr
    assert repr(model) == "SkipGram(dim=20, window=3)"
    again = SkipGram(**model.get_params())
    assert again.config == model.config


def test_parameters_that_are_refused_change_nothing() -> None:
    model = SkipGram(dim=20)
    for wrong in ({"dim": 0}, {"windw": 3}, {"alpha": 0.1}, {"dim": "x"}):
        with pytest.raises(UsageError) as caught:
            model.set_params(**wrong)
        assert isinstance(caught.value, ValueError)
        assert repr(model) == "SkipGram(dim=20)"
        assert model.config.dim == 20


def test_documents_become_means_of_rare_words() -> None:
    model = SkipGram(**OPTIONS)
    means = model.fit_transform(PETS + FOOD, y=[0] * 40 + [1] * 40)
    assert means.shape == (80, 8)
    assert means.dtype == np.float32
    assert (means == model.transform(PETS + FOOD)).all()
    assert (means == model.transform([text.split() for text in PETS + FOOD])).all()
    vectors = model.vectors
    np.testing.assert_allclose(means[0], vectors.mean_vector(PETS[0].split(), "sif"), atol=1e-6)
    assert not model.transform(["", "unknown words"]).any()
    assert model.transform([]).shape == (0, 8)
    assert model.get_feature_names_out().tolist() == [f"skipgram{i}" for i in range(8)]


def test_documents_are_split_as_in_the_training() -> None:
    def letters(text: str) -> list[str]:
        return list(text.replace(" ", ""))

    model = SkipGram(**OPTIONS)
    means = model.fit_transform(PETS, tokenizer=letters)
    assert set(model.words) == set("".join(PETS)) - {" "}
    np.testing.assert_allclose(means[0], model.vectors.mean_vector(letters(PETS[0])), atol=1e-6)
    model.fit(PETS, tokenizer="chars")
    assert (model.transform(PETS) == model.transform([letters(text) for text in PETS])).all()
    model.fit_transform(text for text in PETS)


def test_what_is_no_list_of_documents_is_refused() -> None:
    model = SkipGram(**OPTIONS)
    with pytest.raises(UsageError, match="call fit"):
        model.transform(PETS)
    model.fit(PETS)
    with pytest.raises(UsageError, match=r"give a list of documents: \[text\]"):
        model.transform("the cat")
    with pytest.raises(UsageError, match="takes documents, not a file"):
        model.fit_transform("corpus.txt")


def test_scikit_learn_clones_and_sets_parameters() -> None:
    base = optional("sklearn.base")
    model = SkipGram(**OPTIONS, lr=0.07).fit(PETS)
    copy = base.clone(model)
    assert copy.get_params() == model.get_params()
    assert copy.config == model.config
    with pytest.raises(UsageError, match="call fit"):
        copy.transform(PETS)


@pytest.mark.filterwarnings("ignore:.*recommended to delay parameter validation")
def test_scikit_learns_checks_of_parameters() -> None:
    checks = optional("sklearn.utils.estimator_checks")
    for check in (
        checks.check_get_params_invariance,
        checks.check_set_params,
        checks.check_parameters_default_constructible,
        checks.check_estimator_repr,
        checks.check_estimator_cloneable,
    ):
        check("SkipGram", SkipGram(dim=4, min_count=1))


def test_a_pipeline_of_scikit_learn() -> None:
    pipeline = optional("sklearn.pipeline")
    from sklearn.base import clone
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV

    texts, labels = PETS + FOOD, [0] * 40 + [1] * 40
    steps = pipeline.Pipeline([("words", SkipGram(**OPTIONS)), ("classes", LogisticRegression())])
    steps.fit(texts, labels)
    assert steps.score(texts, labels) > 0.95
    assert steps.predict(["a dog", "raw pears"]).tolist() == [0, 1]
    search = GridSearchCV(clone(steps), {"words__dim": [4, 8]}, cv=2)
    search.fit(texts, labels)
    assert search.best_score_ > 0.9
    assert search.best_params_["words__dim"] in (4, 8)


def test_a_callback_sees_every_epoch() -> None:
    seen: list[tuple[Epoch, np.ndarray]] = []
    model = SkipGram(**OPTIONS)
    model.fit(PETS, on_epoch=lambda epoch: seen.append((epoch, epoch.vectors.matrix.copy())))
    assert [(epoch.number, epoch.of) for epoch, _ in seen] == [(1, 3), (2, 3), (3, 3)]
    assert (seen[-1][1] == model.vectors.matrix).all()
    assert not (seen[0][1] == seen[1][1]).all()
    assert seen[0][0].vectors.most_similar("cat", topn=2)
    assert seen[0][0].seconds <= seen[2][0].seconds
    plain = SkipGram(**OPTIONS).fit(PETS)
    assert (plain.vectors.matrix == model.vectors.matrix).all()


def test_what_a_callback_raises_ends_the_training() -> None:
    model = SkipGram(**OPTIONS).fit(FOOD)
    before = model.vectors

    def fail(epoch: Epoch) -> None:
        if epoch.number == 2:
            raise KeyError("enough")

    with pytest.raises(KeyError, match="enough"):
        model.fit(PETS, on_epoch=fail)
    assert model.vectors is before


def test_progress_in_a_log_is_a_line_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    SkipGram(**OPTIONS).fit(PETS, progress=True)
    assert "training" not in capsys.readouterr().err  # it took less than a minute
    monkeypatch.setattr(progress_log, "EVERY_S", 0.0)
    SkipGram(**OPTIONS).fit(PETS, progress=True)
    lines = [
        line
        for line in capsys.readouterr().err.splitlines()
        if line.startswith("w2vneg: training: ")
    ]
    assert lines
    assert "words/s" in lines[-1]
    assert "lr" in lines[-1]
    for silent in (None, False):
        SkipGram(**OPTIONS).fit(PETS, progress=silent)
    assert not capsys.readouterr().err


def test_lines_of_a_log(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0

    def clock() -> float:
        return now

    monkeypatch.setattr(progress_log.time, "monotonic", clock)
    log = progress_log.ProgressLog("training", 10_000_000, "words")
    assert log.line(1_000_000, {}) is None
    now = 130.0
    assert log.line(2_000_000, {}) is None
    now = 160.0
    figures = {"loss": 3.25, "lr": float("nan")}
    assert log.line(4_000_000, figures) == "training: 40%, 50.00k words/s, loss 3.25, 2 min left"
    assert log.line(4_100_000, figures) is None
    now = 100.0
    log = progress_log.ProgressLog("reading corpus", None, "bytes")
    log.line(0, {})
    now = 220.0
    assert log.line(1.2e9, {}) == "reading corpus: 1.20G bytes, 10.00M bytes/s"


def test_progress_in_a_notebook_is_a_bar(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """rich draws below the cell where it finds the kernel of a notebook."""
    shown: list[Any] = []

    monkeypatch.setattr(progress_bar, "_is_notebook", lambda: True)
    import rich.progress

    class Recorded(rich.progress.Progress):
        def __init__(self, *columns: Any, **options: Any) -> None:
            shown.append(options["console"].stderr)
            super().__init__(*columns, **options)

    monkeypatch.setattr(rich.progress, "Progress", Recorded)
    SkipGram(**OPTIONS).fit(PETS, progress=True)
    assert shown
    assert not any(shown)  # stdout, which the notebook shows
    assert "training:" not in capsys.readouterr().err
