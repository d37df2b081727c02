"""The page in a real browser, opened from its file, without a network."""

import numpy as np
import pytest
from helpers.browser import Opened, browser
from helpers.planted_vectors import planted

from w2vneg.view import make_map, write_page

pytestmark = [pytest.mark.once, pytest.mark.slow]

NASTY = [
    "</script><script>alert(1)</script>", "<img/src=x/onerror=alert(1)>", "&amp;", "'\"", "__proto__",
    "constructor", "new york", "中文", "a+b",
]  # fmt: skip
WORDS = 2500


@pytest.fixture(scope="module")
def running():
    with browser() as found:
        yield found


@pytest.fixture(scope="module")
def vectors():
    found = planted(WORDS, dim=40, groups=150)
    found.words[: len(NASTY)] = NASTY
    found.words[1900] = "Case"
    return found


@pytest.fixture(scope="module")
def path(vectors, tmp_path_factory):
    path = tmp_path_factory.mktemp("pages") / "map.html"
    write_page(path, make_map(vectors, layout="pca", names=("<b>toy</b>.vec", "")))
    return path


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    path = tmp_path_factory.mktemp("pages") / "pair.html"
    one, other = planted(700, noise=0.3), planted(600, noise=0.3)
    other.words[0] = "only-here"
    other.matrix[[5, 6]] = other.matrix[[6, 5]]
    write_page(path, make_map(one, other, layout="pca", names=("old.vec", "new.vec")))
    return path


@pytest.fixture
def open_page(running):
    opened = []

    def open_(path, **options):
        opened.append(Opened(running, path, **options))
        return opened[-1].page

    yield open_
    for one in opened:
        one.context.close()
        assert one.messages == []
        assert [url for url in one.requests if not url.startswith(("file:", "data:"))] == []


def ask(page, text):
    page.fill("#query", text)
    page.press("#query", "Enter")


def answers(page, model=0):
    """Return words and cosines of the list that is shown for a model."""
    part = page.locator("#results .model").nth(model)
    words = part.locator(".word").all_text_contents()
    return list(zip(words, map(float, part.locator(".number").all_text_contents()), strict=True))


def drawn(page, canvas=".labels"):
    """Return what is drawn on a canvas, after two frames."""
    page.evaluate("new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))")
    return page.eval_on_selector(canvas, "canvas => canvas.toDataURL()")


def test_neighbors_are_those_of_the_vectors(open_page, path, vectors):
    page = open_page(path)
    same = 0
    asked = [*NASTY, *(vectors.words[row] for row in range(20, WORDS, 97))]
    for word in asked:
        ask(page, word)
        expected = vectors.neighbors(word)
        found = answers(page)
        same += len({near for near, _ in found} & {near for near, _ in expected})
        np.testing.assert_allclose(
            [cosine for _, cosine in found], [cosine for _, cosine in expected], atol=0.01
        )
    assert same / (10 * len(asked)) >= 0.97
    assert page.title() == "Map of <b>toy</b>.vec"
    assert page.locator("h1").text_content().strip() == "<b>toy</b>.vec"


def test_sums_are_those_of_most_similar(open_page, path, vectors):
    page = open_page(path)
    for typed in ("w20 +w31 -w42", "w20 + w31 − w42"):
        ask(page, typed)
        expected = vectors.most_similar(["w20", "w31"], ["w42"])
        assert len({w for w, _ in answers(page)} & {w for w, _ in expected}) >= 9
        assert page.locator("#results h2").text_content().startswith("w20 +w31 −w42")


def test_only_frequent_words_are_searched_where_asked(open_page, path, vectors):
    page = open_page(path)
    ask(page, "w2400")
    everything = answers(page)
    page.get_by_label("Nearest among").select_option("the 2,000 most frequent words")
    expected = {word for word, _ in vectors.neighbors("w2400", restrict=2000)}
    assert len({word for word, _ in answers(page)} & expected) >= 9
    assert answers(page) != everything


def test_unknown_words_and_other_cases(open_page, path):
    page = open_page(path)
    ask(page, "nowhere")
    assert "“nowhere” is not among the 2,500 words shown" in page.text_content("#status")
    assert answers_are_cleared(page)
    ask(page, "cASE")
    assert page.input_value("#query") == "Case"
    assert len(answers(page)) == 10
    page.keyboard.press("Escape")
    assert page.input_value("#query") == ""
    assert answers_are_cleared(page)


def answers_are_cleared(page):
    return page.locator("#results .word").count() == 0


def test_suggestions_are_worked_by_keys_and_told_to_screen_readers(open_page, path):
    page = open_page(path)
    page.keyboard.press("/")
    field = page.get_by_role("combobox", name="Word, or a sum of words")
    assert field.evaluate("field => field === document.activeElement")
    field.press_sequentially("w4")
    options = page.get_by_role("listbox", name="Words").get_by_role("option")
    assert options.count() == 8
    assert options.all_text_contents()[:2] == ["w40", "w41"]
    assert field.get_attribute("aria-expanded") == "true"
    field.press("ArrowDown")
    field.press("ArrowDown")
    chosen = field.get_attribute("aria-activedescendant")
    assert page.locator(f"#{chosen}").get_attribute("aria-selected") == "true"
    field.press("Enter")
    assert page.input_value("#query") == "w41"
    assert page.get_by_role("status").first.text_content() == "Nearest to w41: 10 words"
    assert page.get_by_role("list", name="Nearest to w41").get_by_role("button").count() == 10
    field.fill("w41 +w5")
    assert options.first.text_content() == "w50"
    options.first.click()
    assert page.input_value("#query") == "w41 +w50"


def test_the_map_moves_by_mouse_wheel_keys_and_buttons(open_page, path):
    page = open_page(path)
    seen = [drawn(page)]
    page.mouse.move(650, 300)
    page.mouse.down()
    page.mouse.move(700, 340, steps=4)
    page.mouse.up()
    seen.append(drawn(page))
    page.mouse.wheel(0, -300)
    page.wait_for_timeout(100)
    seen.append(drawn(page))
    page.focus(".points")
    for key in ("ArrowLeft", "ArrowUp", "+", "+"):
        page.keyboard.press(key)
        seen.append(drawn(page))
    page.click("[data-zoom=in]")
    seen.append(drawn(page))
    assert len(set(seen)) == len(seen)
    page.focus(".points")
    page.keyboard.press("0")
    page.mouse.move(5, 5)
    assert drawn(page) == seen[0]


def test_a_click_picks_the_word_and_a_click_on_nothing_clears(open_page, path):
    page = open_page(path)
    ask(page, "w300")
    middle = page.locator(".map").bounding_box()
    at = middle["x"] + middle["width"] / 2, middle["y"] + middle["height"] / 2
    page.keyboard.press("Escape")
    assert answers_are_cleared(page)
    page.mouse.click(*at)
    assert page.input_value("#query") == "w300"
    assert len(answers(page)) == 10
    page.click("[data-zoom=all]")
    drawn(page)
    page.mouse.click(at[0] - 320, at[1] - 330)
    assert answers_are_cleared(page)


def test_a_window_of_another_size_keeps_the_middle(open_page, path):
    page = open_page(path)
    before = drawn(page)
    page.set_viewport_size({"width": 1200, "height": 800})
    page.wait_for_timeout(100)
    assert drawn(page) != before
    page.set_viewport_size({"width": 1000, "height": 700})
    page.wait_for_timeout(100)
    assert drawn(page) == before
    ask(page, "w300")
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 1300, "height": 780})
    for _ in range(50):  # a busy machine draws late
        page.wait_for_timeout(100)
        box = page.locator(".map").bounding_box()
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        if page.input_value("#query"):
            break
    assert page.input_value("#query") == "w300"


def test_fingers_move_and_enlarge_the_map(open_page, path):
    page = open_page(path, size=(390, 800), has_touch=True)
    before = drawn(page)
    events = """([canvas, steps]) => steps.forEach(([type, pointerId, x, y]) => {
        const box = canvas.getBoundingClientRect();
        const place = { clientX: box.left + x, clientY: box.top + y };
        canvas.setPointerCapture = () => {};
        canvas.dispatchEvent(new PointerEvent(type, { pointerId, pointerType: "touch", bubbles: true, ...place }));
    })"""
    canvas = page.query_selector(".points")
    page.evaluate(events, [canvas, [["pointerdown", 1, 100, 100], ["pointermove", 1, 130, 120]]])
    moved = drawn(page)
    assert moved != before
    pinch = [["pointerdown", 2, 200, 200], ["pointermove", 2, 260, 260], ["pointerup", 2, 260, 260]]
    page.evaluate(events, [canvas, pinch])
    assert drawn(page) != moved
    page.tap("[data-zoom=all]")
    assert drawn(page) == before


def test_a_phone_shows_map_search_and_results(open_page, path):
    page = open_page(path, size=(390, 800), has_touch=True, device_scale_factor=2)
    ask(page, "w70")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    field = page.locator("#query").bounding_box()
    stage = page.locator(".map").bounding_box()
    first = page.locator("#results .word").first.bounding_box()
    assert stage["height"] > 300
    assert stage["y"] + stage["height"] <= field["y"] < first["y"] < 700


def test_axes_by_words_and_back(open_page, path):
    page = open_page(path)
    before = drawn(page)
    page.click("#axes summary")
    page.fill("[name=left]", "w20")
    page.click("text=Show >> nth=0")
    assert "give a word for the left and one for the right" in page.text_content("#axes-status")
    page.fill("[name=right]", "W21")
    page.press("[name=right]", "Enter")
    page.wait_for_timeout(100)
    assert page.text_content("#axes-status") == ""
    assert page.input_value("[name=right]") == "w21"
    assert drawn(page) != before
    page.click("text=Back to the map")
    page.wait_for_timeout(100)
    assert drawn(page) == before


def test_colors_follow_the_system(open_page, path):
    page = open_page(path, color_scheme="light")
    light = drawn(page, ".points")
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(100)
    assert drawn(page, ".points") != light
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == "rgb(16, 19, 25)"


def test_two_models_are_asked_together(open_page, pair):
    page = open_page(pair)
    moved = page.locator("#moved-words .word").all_text_contents()
    assert {"w5", "w6"} == set(moved[:2])
    page.locator("#moved-words button").first.click()
    assert page.input_value("#query") == moved[0]
    assert len(answers(page, 0)) == len(answers(page, 1)) == 10
    assert answers(page, 0) != answers(page, 1)
    ask(page, "only-here")
    assert "not among the 700 words shown" in page.text_content("#results .problem")
    assert len(answers(page, 1)) == 10


def test_two_maps_move_together(open_page, pair):
    page = open_page(pair)
    other = ".map:nth-of-type(2) .labels"
    before = drawn(page, other)
    page.mouse.move(450, 300)
    page.mouse.down()
    page.mouse.move(480, 330, steps=3)
    page.mouse.up()
    page.wait_for_timeout(100)
    moved = drawn(page, other)
    assert moved != before
    page.mouse.dblclick(500, 200)
    page.keyboard.press("Escape")
    page.wait_for_timeout(100)
    assert drawn(page, other) not in (before, moved)
    # A search takes each map to its own place of the word.
    page.mouse.wheel(0, 100)
    ask(page, "w5")
    drawn(page)
    page.keyboard.press("Escape")
    for section in page.locator(".map").all():
        box = section.bounding_box()
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        assert page.input_value("#query") == "w5"
        page.keyboard.press("Escape")


def test_the_search_works_without_webgl(open_page, path):
    hide = """const get = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
        return /webgl/.test(kind) ? null : get.call(this, kind, ...more);
    };"""
    page = open_page(path, before=hide)
    assert "offers no WebGL" in page.text_content(".map .message")
    assert page.locator("#zoom").is_hidden()
    ask(page, "w70")
    assert len(answers(page)) == 10


def test_an_address_names_a_word(running, path):
    opened = Opened(running, path)
    opened.page.goto(path.as_uri() + "#w77")
    opened.page.reload()
    opened.page.wait_for_selector("body[data-ready]")
    assert opened.page.input_value("#query") == "w77"
    opened.context.close()
