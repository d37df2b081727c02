// Puts the parts of the page together.

const NEIGHBORS = 10;

async function start() {
  const element = document.getElementById("data");
  const data = JSON.parse(element.textContent);
  element.remove();
  const models = data.models.map((description, number) => new Model(description, number));
  const sections = [...document.querySelectorAll(".map")];
  const plots = [];
  let selected = false;

  // Show a query: a word or a sum of words. null clears.
  const ask = (text, fly = true) => {
    const terms = text ? parseQuery(text, models) : [];
    selected = terms.length > 0;
    if (!selected) {
      showResults("", [], [], ask);
      say("");
      plots.forEach((plot) => plot.light([]));
      return;
    }
    const meant = terms.map(([word, weight]) => [search.known(word), weight]);
    const shown = meant.map(([word, weight], i) => (i ? (weight > 0 ? "+" : "−") : "") + word).join(" ");
    const answers = models.map((model) => {
      try {
        return { model, near: model.nearest(meant, NEIGHBORS, among.value) };
      } catch (error) {
        return { model, problem: error.message };
      }
    });
    search.input.value = shown;
    if (answers.every(({ problem }) => problem)) {
      selected = false;
      showResults("", [], [], ask);
      plots.forEach((plot) => plot.light([]));
      say(answers[0].problem, true);
      return;
    }
    showResults(shown, meant, answers, ask);
    const [first] = answers.filter(({ near }) => near);
    say(`Nearest to ${shown}: ${first.near.length} words`);
    for (const plot of plots) {
      const { near, model } = answers[plot.number];
      const rows = near ? near.map(([row]) => row) : [];
      // The lines of a sum start at its best answer.
      if (near && meant.length === 1) rows.unshift(model.index.get(meant[0][0]));
      plot.light(rows);
      if (fly && rows.length) plot.flyTo(rows);
    }
  };

  const search = new Search(models, ask);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !selected) return;
    search.input.value = "";
    ask(null);
  });
  const among = fillAmong(Math.max(...models.map((model) => model.size)));
  among.addEventListener("change", () => { if (selected) ask(search.input.value); });
  fillLists(data, ask);
  const example = ["king", "woman", "man"];
  if (models.every((model) => example.every((word) => model.index.has(word)))) say("or a sum: king +woman −man");

  for (const [number, section] of sections.entries()) {
    const plot = new Plot(section, models[number], number);
    if (await plot.start()) plots.push(plot);
  }
  for (const plot of plots) plot.onPick = (word) => ask(word, false);
  if (plots.length === 2) link(plots);
  new Axes(search, models, plots);
  document.getElementById("zoom").hidden = !plots.length;
  for (const button of document.querySelectorAll("#zoom button")) {
    button.addEventListener("click", () => plots.forEach(({ camera }) => {
      const views = { in: () => camera.zoom(1.8), out: () => camera.zoom(1 / 1.8), all: () => camera.whole };
      camera.fly(views[button.dataset.zoom](), 250);
    }));
  }
  DARK.addEventListener("change", () => {
    plots.forEach((plot) => plot.recolor());
    showGroups(data.groups);
  });
  const asked = wordInAddress();
  if (asked) ask(asked);
  document.body.dataset.ready = "true";
}

// The word after # in the address, if there is one.
function wordInAddress() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return ""; // not an encoded word
  }
}

function fillLists(data, ask) {
  const moved = document.getElementById("moved-words");
  if (moved) moved.append(...data.moved.map(([word, cosine]) => wordItem(word, cosine.toFixed(3), cosine, ask)));
  showGroups(data.groups);
}

// The choice of how many of the most frequent words are searched.
function fillAmong(size) {
  const select = document.getElementById("among");
  const sizes = [1e5, 5e4, 2e4, 1e4, 5e3, 2e3].filter((number) => number < size);
  select.append(...[size, ...sizes].map((number, i) => {
    const option = make("option", "", i ? `the ${number.toLocaleString("en")} most frequent words` : "all words");
    option.value = number;
    return option;
  }));
  select.parentElement.hidden = !sizes.length;
  return select;
}

function showGroups(names) {
  const list = document.getElementById("groups");
  if (!list) return;
  list.replaceChildren(...names.map((name, group) => {
    const item = make("li");
    const dot = make("i");
    dot.style.background = theme().groups[group];
    item.append(dot, name);
    return item;
  }));
}

// Two maps move together: each step of one is made by the other, from where that is.
function link(plots) {
  const last = new Map(plots.map((plot) => [plot, plot.camera.view]));
  for (const plot of plots) {
    const [other] = plots.filter((p) => p !== plot);
    plot.onMove = () => {
      const before = last.get(plot);
      const now = plot.camera.view;
      last.set(plot, now);
      if (!plot.camera.isMovedByHand) return; // a flight, or it follows the other map
      const f = now.scale / before.scale;
      const { scale, x0, y0 } = other.camera.view;
      const middle = [plot.camera.width / 2, plot.camera.height / 2];
      // Where the middle of the map went, in pixels of the new scale.
      const dx = now.x0 - middle[0] - (before.x0 - middle[0]) * f;
      const dy = now.y0 - middle[1] - (before.y0 - middle[1]) * f;
      other.camera.stop();
      other.camera.movedByHand = 0;
      other.camera.view = {
        scale: scale * f,
        x0: other.camera.width / 2 + (x0 - other.camera.width / 2) * f + dx,
        y0: other.camera.height / 2 + (y0 - other.camera.height / 2) * f + dy,
      };
    };
  }
}

start();
