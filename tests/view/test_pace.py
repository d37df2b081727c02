"""Where drawing is slow, a map draws only frequent words while it moves."""

from importlib.resources import files

import pytest
from helpers.browser import Opened, browser
from helpers.planted_vectors import planted

from w2vneg.view import make_map, write_page

pytestmark = [pytest.mark.once, pytest.mark.slow]

WORDS = 12_000
#: Numbers of points that were drawn, the last ones last.
COUNTED = """() => {
    window.counts = [];
    for (const kind of [WebGLRenderingContext, WebGL2RenderingContext]) {
        const draw = kind.prototype.drawArrays;
        kind.prototype.drawArrays = function (mode, first, count) {
            if (mode === this.POINTS && count > 1) window.counts.push(count);
            return draw.call(this, mode, first, count);
        };
    }
}"""
#: Calls to filter and unfilter of a plot whose view changes at these times.
PACED = """([size, lit, times]) => {
    const calls = [];
    const plot = {
        filter: (rows) => calls.push(rows),
        unfilter: async () => calls.push("all"),
        get: () => null,
        view: () => null,
    };
    const pace = new Pace(plot, size, () => lit);
    for (const time of times) pace.moved(time);
    pace.restore();
    return calls.map((rows) => rows === "all" ? rows : [rows.length, rows[rows.length - 1]]);
}"""


def paced(page, size, lit, times):
    """Return the calls to filter and unfilter: numbers of words and the last one, or "all"."""
    script = files("w2vneg.view").joinpath("page", "pace.js").read_text(encoding="utf-8")
    return page.evaluate(f"(given) => {{ {script} return ({PACED})(given); }}", [size, lit, times])


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = tmp_path_factory.mktemp("pages") / "map.html"
    write_page(path, make_map(planted(WORDS, dim=8), layout="pca", names=("v.vec", "")))
    with browser() as running:
        opened = Opened(running, path)
        yield opened.page
        opened.context.close()
    assert opened.messages == []


def every(gap, count, start=0):
    return [start + gap * n for n in range(count)]


def test_a_fast_machine_draws_everything(page):
    assert paced(page, 50_000, [], every(16, 50)) == []
    assert paced(page, 10_000, [], every(100, 50)) == []  # few words anyway


def test_a_slow_one_draws_as_many_as_it_can_and_what_is_lit(page):
    calls = paced(page, 50_000, [49_999, 7], every(60, 6))
    assert calls == [[25_001, 49_999], "all"]
    calls = paced(page, 50_000, [], every(60, 50))
    assert calls == [[25_000, 24_999], [12_500, 12_499], [10_000, 9999], "all"]


def test_the_next_move_begins_with_fewer(page):
    again = every(60, 6) + every(20, 3, start=1000)
    calls = paced(page, 50_000, [], again)
    assert calls == [[25_000, 24_999], "all"]


def test_all_words_come_back_when_the_map_rests(page):
    """Pressing 0 shows the whole map, before and after a slow move: in the same pixels."""

    def whole():
        page.focus(".points")
        page.keyboard.press("0")
        page.mouse.move(5, 5)
        page.wait_for_timeout(400)
        return page.eval_on_selector(".points", "canvas => canvas.toDataURL()")

    before = whole()
    page.evaluate(COUNTED)
    page.mouse.move(500, 300)
    page.mouse.down()
    for step in range(1, 13):
        page.mouse.move(500 + 10 * step, 300)
        page.wait_for_timeout(60)
    page.mouse.up()
    for _ in range(20):  # a busy machine draws late
        after = whole()
        if after == before:
            break
    counts = page.evaluate("window.counts")
    assert 10_000 in counts
    assert counts[0] == counts[-1] == WORDS
    assert after == before
