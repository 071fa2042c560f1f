"""fltui runs federated learning in a terminal: one command, one screen, one honest verdict."""

__version__ = "0.1.0"
