"""The engine: `python -m fltui.engine` starts, watches, records, judges and stops one federation.

Nobody imports it; a front end starts it with a Launch on its standard input. It imports only facts,
record and probe, so that the first child starts soon.
"""
