"""The models are torchvision's, Keras computes what torch does, and the training is the one that was agreed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cifar10.vgg import MODELS, Architecture, is_trained

Script = Callable[..., str]
RECIPES = Path(__file__).resolve().parents[3] / "recipes"
AGREED = 1e-4  # torch against torch, three rounds of a few batches; measured: 3e-5
SAME_LOGITS = 2e-5  # Keras against torch; measured: 1.2e-6, and 1.4e-3 with Keras' own epsilon
# fault: (file, text in it, what stands there instead)
FAULTS = {
    "batches swapped": [
        (
            "work_folder.py",
            "in self.order_of(round, epochs):\n",
            (
                "in self.order_of(round, epochs):\n            a, b = epoch[:batch_size].copy(), epoch[batch_size : 2 * batch_size].copy()\n"
                "            epoch = np.concatenate([b, a, epoch[2 * batch_size :]])\n"
            ),
        )
    ],
    "momentum kept": [
        ("torch_vgg.py", "MOMENTUM = 0.9\n", "MOMENTUM = 0.9\nKEPT = {}\n"),
        (
            "torch_vgg.py",
            "    model.train()\n",
            (
                "    for array, old in zip(model.parameters(), KEPT.get(shard.client, [])):\n"
                "        optimizer.state[array]['momentum_buffer'] = old\n"
                "    model.train()\n"
            ),
        ),
        (
            "torch_vgg.py",
            '    return {"accuracy": right',
            (
                "    KEPT[shard.client] = [optimizer.state[array]['momentum_buffer'] for array in model.parameters()]\n"
                '    return {"accuracy": right'
            ),
        ),
    ],
    "crops of another seed": [
        (
            "work_folder.py",
            "[self.seed, round, self.client, step]",
            "[self.seed + 1, round, self.client, step]",
        )
    ],
    "the epsilon of Keras": [("vgg.py", "EPSILON = 1e-5", "EPSILON = 1e-3")],
}


def distance(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> float:
    assert one.keys() == other.keys()
    return max(float(np.abs(one[name] - other[name]).max()) for name in one)


def arrays(path: Path) -> dict[str, np.ndarray]:
    return dict(np.load(path, allow_pickle=False))


# -- numpy only ------------------------------------------------------------------------------------


def test_vgg_small_has_half_a_million_parameters_and_only_arrays_that_are_trained() -> None:
    small = Architecture.of("vgg_small")
    assert small.norm == "group"
    assert small.parameters == 539_786
    assert all(is_trained(name) for name in small.names)
    batch = Architecture.of("vgg_small", "batch")
    assert sum(not is_trained(name) for name in batch.names) == 2 * 5


@pytest.mark.parametrize(
    ("model", "outputs", "parameters"),
    [("vgg16", 1000, 138_357_544), ("vgg16", 10, 134_301_514), ("vgg11", 1000, 132_863_336)],
)
def test_torchvisions_models_have_the_published_number_of_parameters(
    model: str, outputs: int, parameters: int
) -> None:
    architecture = Architecture.of(model, outputs=outputs)
    assert architecture.norm == "none"
    assert architecture.parameters == parameters


@pytest.mark.parametrize("norm", ["group", "batch", "none"])
def test_lists_and_names_are_the_same_weights(norm: str) -> None:
    small = Architecture.of("vgg_small", norm)
    weights = small.initial_weights(4)
    assert small.as_weights(small.as_list(weights)).keys() == weights.keys()
    assert distance(small.as_weights(small.as_list(weights)), weights) == 0
    assert {name: array.shape for name, array in weights.items()} == small.shapes()
    assert {array.dtype for array in weights.values()} == {np.dtype("float32")}


def test_the_seed_decides_the_initial_weights() -> None:
    small = Architecture.of("vgg_small")
    assert distance(small.initial_weights(0), small.initial_weights(0)) == 0
    assert distance(small.initial_weights(0), small.initial_weights(1)) > 0.1


def test_a_list_of_another_model_is_refused() -> None:
    few = Architecture.of("vgg_small", "none")
    with pytest.raises(ValueError, match="argument"):
        Architecture.of("vgg_small").as_weights(few.as_list(few.initial_weights(0)))
    assert set(MODELS) == {"vgg_small", "vgg11", "vgg16"}


# -- beside the real ones --------------------------------------------------------------------------


@pytest.mark.frameworks
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("model", "norm", "outputs"),
    [("vgg16", "none", 1000), ("vgg16", "none", 10), ("vgg11", "none", 10), ("vgg11", "batch", 10)],
)
def test_keys_shapes_and_logits_are_torchvisions(
    model: str, norm: str, outputs: int, tmp_path: Path, in_environment: Script
) -> None:
    said = in_environment("data", "beside_torchvision.py", model, norm, outputs, cwd=tmp_path)
    found = json.loads(said.splitlines()[-1])
    assert found["keys"]
    assert found["shapes"]
    assert found["state"]
    assert found["types"] == ["<f4"]
    assert found["logits"] < 1e-6
    assert found["spread"] == pytest.approx([1.0] * len(found["spread"]), abs=0.12)


@pytest.fixture(scope="module")
def plain(
    work: Path, tmp_path_factory: pytest.TempPathFactory, in_environment: Script
) -> dict[str, np.ndarray]:
    """The global weights after three rounds, by the code that verify.py compares with."""
    folder = tmp_path_factory.mktemp("plain")
    in_environment("data", "plain_rounds.py", RECIPES / "cifar10", work, "plain.npz", 3, cwd=folder)
    return arrays(folder / "plain.npz")


@pytest.mark.frameworks
@pytest.mark.timeout(300)
@pytest.mark.parametrize("environment", ["tff", "data"])
def test_keras_has_torchs_logits_and_its_training(
    environment: str, work: Path, tmp_path: Path, in_environment: Script
) -> None:
    """Keras 2 (tff) and Keras 3. The second batch of the training is a partial one."""
    in_environment("data", "keras_and_torch.py", "torch", work, "torch.npz", cwd=tmp_path)
    in_environment(environment, "keras_and_torch.py", "keras", work, "keras.npz", cwd=tmp_path)
    torch, keras = arrays(tmp_path / "torch.npz"), arrays(tmp_path / "keras.npz")
    assert np.abs(torch["logits"]).max() > 0.01
    assert np.abs(torch["logits"] - keras["logits"]).max() < SAME_LOGITS
    assert distance(torch, keras) < 1e-4


@pytest.mark.frameworks
@pytest.mark.timeout(300)
@pytest.mark.parametrize("environment", ["flower", "openfl", "openfl-taskrunner", "stadle", "ibmfl"])
def test_three_rounds_are_those_of_plain_torch(
    environment: str, work: Path, plain: dict[str, np.ndarray], tmp_path: Path, in_environment: Script
) -> None:
    in_environment(environment, "recipe_rounds.py", work, "ours.npz", 3, cwd=tmp_path)
    ours = arrays(tmp_path / "ours.npz")
    assert distance(ours, arrays(work / "initial.npz")) > 1e-2
    assert distance(ours, plain) < AGREED


# -- what the comparison would notice ---------------------------------------------------------------


def broken(tmp_path: Path, fault: str) -> Path:
    """A copy of recipes/common in which something is not as agreed."""
    common = tmp_path / "broken"
    shutil.copytree(RECIPES / "common", common)
    for name, old, new in FAULTS[fault]:
        file = common / "cifar10" / name
        text = file.read_text()
        assert old in text, f"{name} has changed: what shall be broken in it?"
        file.write_text(text.replace(old, new))
    return common


@pytest.mark.frameworks
@pytest.mark.timeout(300)
@pytest.mark.parametrize("fault", ["batches swapped", "momentum kept", "crops of another seed"])
def test_what_is_not_as_agreed_is_seen_in_the_weights(
    fault: str,
    pictures: Path,
    work: Path,
    plain: dict[str, np.ndarray],
    tmp_path: Path,
    in_environment: Script,
) -> None:
    common = broken(tmp_path, fault)
    if fault != "momentum kept":  # else the clients see themselves that their batches are not prepare's
        words = (
            "--out",
            "work",
            "--artifacts",
            "a",
            "--cache",
            "cache",
            "--data",
            pictures,
            "--split",
            "iid",
        )
        in_environment("data", "-m", "cifar10.prepare", *words, cwd=tmp_path, PYTHONPATH=str(common))
        work = tmp_path / "work"
    in_environment("data", "recipe_rounds.py", work, "wrong.npz", 3, cwd=tmp_path, PYTHONPATH=str(common))
    assert distance(arrays(tmp_path / "wrong.npz"), plain) > 10 * AGREED


@pytest.mark.frameworks
@pytest.mark.timeout(300)
@pytest.mark.parametrize("fault", ["batches swapped", "crops of another seed"])
def test_a_client_that_draws_other_batches_than_prepare_says_so(
    fault: str, work: Path, tmp_path: Path, in_environment: Script
) -> None:
    common = str(broken(tmp_path, fault))
    said = in_environment(
        "data", "recipe_rounds.py", work, "x.npz", 1, cwd=tmp_path, code=1, PYTHONPATH=common
    )
    assert "draws other batches for client-1 than prepare did" in said


@pytest.mark.frameworks
@pytest.mark.timeout(300)
def test_keras_own_epsilon_of_groupnorm_is_seen_in_the_logits(
    work: Path, tmp_path: Path, in_environment: Script
) -> None:
    common = broken(tmp_path, "the epsilon of Keras")
    in_environment("data", "keras_and_torch.py", "torch", work, "torch.npz", cwd=tmp_path)
    in_environment("tff", "keras_and_torch.py", "keras", work, "k.npz", cwd=tmp_path, PYTHONPATH=str(common))
    logits = (arrays(tmp_path / name)["logits"] for name in ("torch.npz", "k.npz"))
    assert np.abs(next(logits) - next(logits)).max() > SAME_LOGITS
