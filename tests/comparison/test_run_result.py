"""Results of runs: the round trip through JSON, and the refusal of anything else."""

import copy
import json

import pytest

from w2vneg.comparison.run_result import (
    CurvePoint,
    Items,
    PairItems,
    RunResult,
    SectionItems,
    Training,
)
from w2vneg.comparison.runs import read_result

RESULT = RunResult(
    "key",
    Training(100, 1.5, 0.5, 2.0, 3, {"accepted": 0.5}, 1 << 20, 0.25),
    {"analogies": {}},
    Items(
        {"questions": {"capitals": SectionItems("semantic", "10-")}},
        {"pairs": PairItems([1.0, 2.0], [0.5, None])},
    ),
    [CurvePoint(0.5, 1.0, 50, {"questions": None}, {"pairs": 0.25})],
)


def test_round_trip_through_json():
    data = json.loads(json.dumps(RESULT.to_json()))
    assert list(data) == ["key", "training", "evaluation", "items", "curve"]
    assert RunResult.from_json(data) == RESULT


def test_gensim_has_neither_loss_nor_fallbacks():
    training = Training(100, 1.5, 0.5, None, None, {"mode": "sentences"}, 1 << 20, 0.25)
    data = json.loads(json.dumps(training.to_json()))
    assert "fallbacks" not in data
    assert Training.from_json(data) == training


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["key"], 1),
        (["training"], None),
        (["training", "tokens"], 1.5),
        (["training", "seconds"], "1.5"),
        (["training", "seconds"], True),
        (["training", "sampler"], []),
        (["items", "analogies", "questions"], []),
        (["items", "analogies", "questions", "capitals"], "10-"),
        (["items", "similarity", "pairs", "cosines"], ["0.5"]),
        (["items", "similarity", "pairs", "ratings"], [None]),
        (["curve"], {}),
        (["curve", 0], 1),
    ],
)
@pytest.mark.parametrize("missing", [False, True])
def test_damaged_results_are_refused(tmp_path, path, value, missing):
    data = copy.deepcopy(RESULT.to_json())
    holder = data
    for step in path[:-1]:
        holder = holder[step]
    if missing and len(path) < 3 and isinstance(holder, dict):
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    with pytest.raises(ValueError, match="missing|wrong type"):
        RunResult.from_json(json.loads(json.dumps(data)))
    file = tmp_path / "run.json"
    file.write_text(json.dumps(data))
    assert read_result(file, "key") is None


def test_only_whole_results_of_the_same_key_are_reused(tmp_path):
    file = tmp_path / "run.json"
    assert read_result(file, "key") is None
    text = json.dumps(RESULT.to_json())
    file.write_text(text[:-1])
    assert read_result(file, "key") is None
    file.write_text(text)
    assert read_result(file, "key") == RESULT
    assert read_result(file, "other") is None
