"""``python -m m2fp_server.worker ENGINE THREADS``: started by the daemon, never by hand."""

import sys

from .main import main

if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
