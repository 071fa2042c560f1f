"""The words everyone speaks: frozen dataclasses and their JSON. Imports nothing of fltui."""
