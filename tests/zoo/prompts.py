"""Asks without a newline, by the way named: `input`, `readline` (edits lines itself, echo and all)
or `select` (sleeps in select on its terminal); says what it got."""

import select
import sys

way = sys.argv[1]
if way == "readline":
    import readline

    readline.parse_and_bind("set enable-bracketed-paste off")
if way == "select":
    print("Which collaborator", end="", flush=True)
    select.select([0], [], [])
    answer = sys.stdin.readline().strip()
else:
    answer = input("Which collaborator? ")
print(f"got <{answer}>")
