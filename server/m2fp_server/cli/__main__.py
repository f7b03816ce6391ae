"""``python -m m2fp_server.cli``, for who has no ``m2fp`` on the path."""

from .app import main

if __name__ == "__main__":
    main()
