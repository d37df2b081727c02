"""The server of `helpers.file_server` for tests of downloads."""

from helpers.file_server import server

__all__ = ["server"]
