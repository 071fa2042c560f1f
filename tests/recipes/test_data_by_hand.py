"""The download by hand that doctor names is the one that the loader of the task makes by itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cifar10 import images
from fltui.environment.task_data import models_of
from fltui.environment.task_findings import data_findings
from sst2 import bert, sentences

RECIPES = Path(__file__).resolve().parents[2] / "recipes"


@pytest.mark.parametrize(("task", "download"), [("sst2", sentences.DOWNLOAD), ("cifar10", images.DOWNLOAD)])
def test_doctor_names_the_address_that_the_loader_uses(
    task: str, download: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FLTUI_DATA", raising=False)
    for name in ("HOME", "XDG_CACHE_HOME", "TFDS_DATA_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
    [found] = data_findings({task: [f"{task}/flower"]}, RECIPES)
    assert re.findall(r"https?://\S+", found.by_hand) == [download]


def test_bert_by_hand_lies_where_the_encoder_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path))
    handles = {"bert_preprocess": bert.PREPROCESS, "bert_encoder": bert.ENCODER}
    models = models_of("sst2", RECIPES, {"encoder": "bert", **handles})
    for model, handle in zip(models, handles.values(), strict=True):
        assert f"'{handle}?tf-hub-format=compressed'" in model.by_hand
        assert not model.here
        model.folder.mkdir()
        (model.folder / "saved_model.pb").touch()
        assert bert.why_not(handle) is None
    assert all(model.here for model in models_of("sst2", RECIPES, {"encoder": "auto", **handles}))
