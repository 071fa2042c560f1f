"""Text can be read: WCAG contrast of at least 4.5 for all that informs, on every ground it stands on."""

from __future__ import annotations

import pytest

from fltui.tui.themes import CONTRAST, DARK, LIGHT, contrast

TEXT = ("bright", "normal", "dim", "accent", "green", "amber", "red")
GROUNDS = ("ground", "bar", "tint", "select")


def test_the_formula_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("palette", [DARK, LIGHT, CONTRAST], ids=["dark", "light", "contrast"])
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("text", TEXT)
def test_text_has_contrast_on_every_ground(palette: dict[str, str], ground: str, text: str) -> None:
    assert contrast(palette[text], palette[ground]) >= 4.5


@pytest.mark.parametrize("palette", [DARK, LIGHT, CONTRAST], ids=["dark", "light", "contrast"])
@pytest.mark.parametrize("badge", ["accent", "amber", "green", "red"])
def test_ground_on_a_badge_has_contrast(palette: dict[str, str], badge: str) -> None:
    assert contrast(palette["ground"], palette[badge]) >= 4.5
