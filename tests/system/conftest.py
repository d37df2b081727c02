"""The server of `helpers.file_server` for tests of downloads."""

from helpers.file_server import no_pauses, server

__all__ = ["no_pauses", "server"]
