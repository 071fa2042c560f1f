"""Which row of a table is chosen, asked of the table itself: that its cursor moved is told later."""

from __future__ import annotations

from typing import Any

from textual.widgets import DataTable


def chosen_key(table: DataTable[Any]) -> str:
    """The key of the row under the cursor; empty where there is no row."""
    if not table.is_valid_row_index(table.cursor_row):
        return ""
    return str(table.ordered_rows[table.cursor_row].key.value)
