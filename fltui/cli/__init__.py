"""The command line: one file a group of commands. Data goes to stdout, everything else to stderr."""
