"""A headless browser for tests of pages, without a network; tests skip where there is none."""

import contextlib
import importlib.util
import os
import shutil

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: WebGL in software: test machines have no GPU.
ARGUMENTS = ["--enable-unsafe-swiftshader"]


def find_browser():
    """Return the path of a browser, or skip the test."""
    if importlib.util.find_spec("playwright") is None:
        pytest.skip("playwright is not installed")
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip(f"no browser found: none of {', '.join(NAMES)} is installed")
    return path


#: Where there is no GPU, what is drawn is copied by the processor, and the driver says so.
IN_SOFTWARE = "GPU stall due to ReadPixels"


@contextlib.contextmanager
def browser():
    """Provide a running browser of playwright."""
    path = find_browser()
    from playwright.sync_api import sync_playwright

    root = ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, *root])
        try:
            yield running
        finally:
            running.close()


class Opened:
    """A page that was opened from a file, and what it did meanwhile.

    Attributes
    ----------
    page : playwright.sync_api.Page
    messages : list of str
        What was printed on the console, and errors that nothing caught; remarks of the driver that
        it draws in software are left out.
    requests : list of str
        Addresses that were asked for.
    """

    def __init__(self, running, path, size=(1000, 700), before="", **options):
        self.context = running.new_context(
            viewport={"width": size[0], "height": size[1]}, offline=True, reduced_motion="reduce",
            **options,
        )  # fmt: skip
        self.page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.messages, self.requests = [], []
        self.page.on("console", lambda message: self._note(message.text))
        self.page.on("pageerror", lambda error: self.messages.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("dialog", lambda dialog: self.messages.append(dialog.message))
        if before:
            self.page.add_init_script(before)
        self.page.goto(path.as_uri())
        self.page.wait_for_selector("body[data-ready]")

    def _note(self, text):
        if IN_SOFTWARE not in text:
            self.messages.append(text)
