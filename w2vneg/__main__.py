"""The entry point of ``w2vneg`` and ``python -m w2vneg``."""

import signal


def run() -> None:
    """Import the command line and run it.

    During the import, Ctrl-C ends the process without a traceback.
    """
    default = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if default:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from w2vneg.cli import main

    if default:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    main()


if __name__ == "__main__":
    run()
