"""python -m local: the command line. Start it through ./holdfast, which sees to the environment."""

from local.cli import main

main()
