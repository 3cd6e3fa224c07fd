"""The commands, one module per section of the help. Each lists its own in COMMANDS."""
