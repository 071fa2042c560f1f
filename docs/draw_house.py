"""Draws docs/house.svg: the rooms, the way of a byte up and the way of a key down.

python docs/draw_house.py
"""

from __future__ import annotations

from pathlib import Path

WIDTH, HEIGHT = 1040, 620
INK, DIM, UP, DOWN, GROUND, BOX = "#2b3238", "#57616b", "#0860ca", "#855800", "#fcfcfa", "#eceff2"

Row = tuple[str, str, int, int, int, int]
ROOMS: list[Row] = [
    ("cli", "one file a group of commands", 20, 40, 320, 70),
    ("study, workshop", "sweep, compare, report; replay, tours", 360, 40, 320, 70),
    ("tui", "screens and widgets", 700, 40, 320, 70),
    ("recipe", "YAML > recipe", 240, 160, 150, 70),
    ("environment", "locks > virtual envs", 410, 160, 170, 70),
    ("plan", "recipe + site > plan, ports", 600, 160, 210, 70),
    ("record", "the run folder: write, read, follow", 20, 280, 720, 70),
    ("control", "the run's socket; start engines", 780, 280, 240, 70),
    ("probe", "/proc, ports, GPUs", 20, 400, 180, 80),
    ("engine", "guard > supervisor: drains, matches, types, stops, judges", 240, 400, 500, 80),
    ("children", "server, clients, evaluator: each on a terminal of its own", 240, 530, 500, 70),
]


def room(row: Row) -> str:
    name, says, x, y, width, height = row
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="6" fill="{BOX}" stroke="#cdd4db"/>'
        f'<text x="{x + 14}" y="{y + 28}" font-weight="bold" fill="{INK}">{name}</text>'
        f'<text x="{x + 14}" y="{y + 50}" font-size="13" fill="{DIM}">{says.replace(">", "&gt;")}</text>'
    )


def arrow(points: str, colour: str, label: str, x: int, y: int) -> str:
    return (
        f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2.5" marker-end="url(#{colour[1:]})"/>'
        f'<text x="{x}" y="{y}" font-size="13" fill="{colour}">{label}</text>'
    )


def head(colour: str) -> str:
    return (
        f'<marker id="{colour[1:]}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0 0 L10 5 L0 10 z" fill="{colour}"/></marker>'
    )


ARROWS = [
    arrow("300,530 300,482", UP, "a byte is drained", 310, 512),
    arrow("300,400 300,352", UP, "log, events, metrics, resources", 310, 382),
    arrow("120,280 120,112", UP, "follow the files", 128, 262),
    arrow("120,136 520,136 520,112", UP, "", 0, 0),
    arrow("520,136 760,136 760,112", UP, "", 0, 0),
    arrow("920,112 920,278", DOWN, "a key", 928, 200),
    arrow("920,352 920,440 742,440", DOWN, "a request", 800, 430),
    arrow("660,482 660,528", DOWN, "is typed", 668, 512),
]


def main() -> None:
    body = "".join(map(room, ROOMS)) + "".join(ARROWS)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="17">'
        f'<defs>{head(UP)}{head(DOWN)}</defs><rect width="100%" height="100%" fill="{GROUND}"/>{body}</svg>\n'
    )
    Path(__file__).with_name("house.svg").write_text(svg)


if __name__ == "__main__":
    main()
