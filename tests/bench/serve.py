"""The real supervisor, with an application of our choice behind it: `python -m tests.bench.serve APP`."""

import sys

from api.run import run
from api.settings import Settings

if __name__ == "__main__":
    raise SystemExit(run(Settings.from_env(), sys.argv[1]))
