"""The command line: one file a command, each translating arguments into a use case."""
