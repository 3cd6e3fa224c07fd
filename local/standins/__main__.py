"""Run the stand-ins alone: python -m local.standins --port 8790 [--data FOLDER]."""

from __future__ import annotations

import argparse
import signal

from local.standins import Histories, Server
from local.standins.server import SOURCES


def main() -> None:
    """Serve until interrupted."""
    options = argparse.ArgumentParser(prog="python -m local.standins", description=__doc__)
    options.add_argument("--port", type=int, default=0, help="0 takes any free port")
    options.add_argument("--data", metavar="FOLDER", help="a folder of real files; default: the simulation")
    chosen = options.parse_args()
    histories = Histories.from_folder(chosen.data) if chosen.data else Histories.simulated()
    server = Server(histories, chosen.port)
    signal.signal(signal.SIGTERM, lambda *_: server.stopping.set())
    server.start()
    for source in SOURCES:
        print(f"{source:10} {server.url(source)}", flush=True)
    try:
        server.wait()
    except KeyboardInterrupt:
        print("stopped")
    server.stop()


if __name__ == "__main__":
    main()
