"""The program: ``w2vneg`` and ``python -m w2vneg`` begin here."""

import signal


def run() -> None:
    """Load the command line and run it.

    Until it is loaded Ctrl-C ends the process as it ends any program, without a traceback.
    """
    catching = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if catching:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from w2vneg.cli import main

    if catching:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    main()


if __name__ == "__main__":
    run()
