"""``python -m w2vneg`` is the command line."""

from w2vneg.cli import main

if __name__ == "__main__":
    main()
