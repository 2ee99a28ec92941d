"""Serves the release: `python server.py`, or `server:app` under any WSGI server. Settings come from the environment."""

import sys

from cpbm_kg.__main__ import main
from cpbm_kg.serving import application

if __name__ == "__main__":
    sys.exit(main(["serve"]))

app = application()
