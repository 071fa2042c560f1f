"""A recipe is a file, a folder, or a short name in ./recipes, the user's or the shipped ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from fltui.facts.site import config_folder, shipped_recipes
from fltui.recipe.errors import NoRecipe, RecipeError
from fltui.recipe.find import catalogue, find, recipes_root, short_name


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def put(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "recipe.yaml").write_text("schema: 1\n")
    return folder / "recipe.yaml"


def test_a_file_and_a_folder_are_taken_as_they_are(here: Path) -> None:
    file = put(here / "mine")
    assert find("mine") == file
    assert find("mine/recipe.yaml") == file
    assert find(str(here / "mine")) == file


def test_a_short_name_is_looked_up_here_then_with_the_user_then_shipped(here: Path) -> None:
    shipped = next(found for found in catalogue() if found.origin == "shipped")
    assert find(shipped.name) == shipped.file
    user = put(config_folder() / "recipes" / shipped.name)
    assert find(shipped.name) == user
    local = put(here / "recipes" / shipped.name)
    assert find(shipped.name) == local
    assert [found.origin for found in catalogue() if found.name == shipped.name] == ["here"]


def test_an_unknown_name_says_what_is_near(here: Path) -> None:
    put(here / "recipes" / "numbers" / "averaging")
    with pytest.raises(NoRecipe) as caught:
        find("numbers/averagin")
    assert str(caught.value).endswith("did you mean numbers/averaging?")


def test_a_folder_without_a_recipe_says_so(here: Path) -> None:
    (here / "empty").mkdir()
    with pytest.raises(RecipeError, match=r"empty:1:1: this folder holds no recipe\.yaml"):
        find("empty")


def test_a_short_name_never_leaves_the_folders_of_recipes(here: Path) -> None:
    put(here / "secret")
    (here / "recipes" / "a").mkdir(parents=True)
    with pytest.raises((NoRecipe, RecipeError)):
        find("a/../../secret/x")


def test_the_name_of_a_recipe_is_its_path_below_the_root(here: Path) -> None:
    assert short_name(shipped_recipes() / "digits" / "flower" / "recipe.yaml") == "digits/flower"
    assert short_name(put(here / "recipes" / "a" / "b")) == "a/b"
    assert short_name(put(here / "mine")) == "mine"
    (here / "single.yaml").write_text("")
    assert short_name(here / "single.yaml") == "single"


def test_a_recipe_among_others_has_their_common_and_a_lone_one_the_shipped(here: Path) -> None:
    lone = put(here / "mine")
    assert recipes_root(lone) == shipped_recipes()
    among = put(here / "recipes" / "a" / "b")
    (here / "recipes" / "common").mkdir()
    assert recipes_root(among) == here / "recipes"


def test_common_code_and_environments_are_no_recipes(here: Path) -> None:
    put(here / "recipes" / "common" / "x")
    put(here / "recipes" / "environments" / "y")
    put(here / "recipes" / ".hidden" / "z")
    put(here / "recipes" / "good")
    assert [found.name for found in catalogue() if found.origin == "here"] == ["good"]
