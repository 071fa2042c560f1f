"""The run folder: written by the supervisor, read and followed by every view."""
