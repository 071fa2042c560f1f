"""What all parts of the recipe browser share: the recipes, the chosen one, its preview."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

from textual.screen import Screen

from fltui.tui.build_environment import Need
from fltui.tui.catalogue import Entry, read_all
from fltui.tui.from_threads import teller
from fltui.tui.known_runs import KnownRuns
from fltui.tui.preview import Preview, files_of, preview
from fltui.tui.widgets.build_bar import BuildBar
from fltui.tui.widgets.drawn import Drawn
from fltui.tui.widgets.filter_bar import FilterBar
from fltui.tui.widgets.footer import Keys
from fltui.tui.widgets.params_form import ParamsForm
from fltui.tui.widgets.recipe_grid import RecipeGrid
from fltui.tui.widgets.recipe_pages import RecipePages


class BrowserBase(Screen[None]):
    """Everything is read on threads: no frame waits for a recipe, an environment or a run."""

    def __init__(self, recipes: Path | None = None) -> None:
        super().__init__()
        self._recipes = recipes
        self._entries: dict[str, Entry] = {}
        self._known_runs = KnownRuns()
        self._reading = False
        self._previewing: object = None
        self._previewed: object = None  # what the preview is of
        self.preview: Preview | None = None
        self.busy = ""  # build, start: what Esc cancels
        self.header = Drawn(classes="bar")
        self.grid = RecipeGrid()
        self.form = ParamsForm()
        self.field_help = Drawn(classes="whole-help hidden")
        self.line = Drawn(classes="shell-line")
        self.about = Drawn(classes="about")
        self.bar = BuildBar()
        self.pages = RecipePages()
        self.filter_bar = FilterBar("show only recipes with these words")
        self.keys_line = Keys()

    @property
    def entry(self) -> Entry | None:
        """The chosen recipe; none while the filter leaves none."""
        return self._entries.get(self.grid.chosen) if self.grid.shown() else None

    @property
    def missing(self) -> tuple[Need, ...]:
        """The environments that a run would have to build first, as far as is known by now."""
        return self.preview.missing if self.preview is not None else ()

    def read(self) -> None:
        """Reads the recipes, and the chosen one's folder for the page files, on a thread; one reading at a time."""
        if self._reading:
            return
        self._reading = True
        known, tell = self._entries, teller(self)
        looked_into = self.entry.file if self.entry is not None and self.pages.page == "files" else None

        def work() -> None:
            files = files_of(looked_into) if looked_into is not None else []
            tell(self._took, read_all(known, self._recipes, self._known_runs), looked_into, files)

        threading.Thread(target=work, daemon=True).start()

    async def _took(self, found: dict[str, Entry], looked_into: Path | None, files: list[Path]) -> None:
        self._reading = False
        if looked_into is not None:
            self.pages.take_files(looked_into, files)
        gone = self.entry if self.entry is not None and self.entry.name not in found else None
        if gone is not None:
            text = f"{gone.name} is gone: its folder was moved or removed"
            if self.form.typing:  # the letters that come are for its fields, not for another's
                found[gone.name] = replace(gone, recipe=None, error=text, said_task=gone.task, stamp=())
            else:
                self.notify(text, severity="warning")
        if found != self._entries:
            self._entries = found
            self.grid.show(found)
            await self.show_entry()
        self.look_ahead()
        self.draw_all()
        self.read_files()

    def read_files(self) -> None:
        """Where the page files is open and shows another recipe's."""
        if self.entry is not None and self.pages.lacks_files_of(self.entry.file):
            self.read()

    def look_ahead(self) -> None:
        """Resolves the plan of the chosen recipe with what stands in the form, on a thread; what is
        typed meanwhile is looked at afterwards."""
        entry = self.entry
        if entry is None or entry.recipe is None:
            self.preview, self._previewed = None, None
            return
        sets, secrets, wanted = self.form.sets, self.form.secrets, self._looked_for(entry)
        if wanted == self._previewed or self._previewing is not None:
            return
        if not isinstance(self._previewed, tuple) or self._previewed[0] != entry.name:
            self.preview = None  # another recipe's says nothing of this one
        self._previewing = wanted
        recipe, tell = entry.recipe, teller(self)

        def work() -> None:
            tell(took, preview(recipe, sets, secrets))

        def took(found: Preview) -> None:
            self._previewing, self._previewed = None, wanted
            if self.entry is not None and self.entry.name == entry.name:
                self.preview = found
            self.look_ahead()
            self.draw_all()

        threading.Thread(target=work, daemon=True).start()

    @property
    def foreseen(self) -> bool:
        """The preview is that of the chosen recipe with what stands in the form now."""
        return self.entry is not None and self._previewed == self._looked_for(self.entry)

    def _looked_for(self, entry: Entry) -> object:
        environments = tuple(entry.environments.items())
        typed = (*self.form.sets.items(), *self.form.secrets.items())
        return (entry.name, entry.stamp, environments, typed)

    async def show_entry(self) -> None:
        """Shows another recipe, or the same after an edit; the whole screen knows how."""

    def draw_all(self) -> None:
        """Draws what changed; the whole screen knows how."""
