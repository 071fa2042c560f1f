"""One screen a file; a screen wires widgets."""
