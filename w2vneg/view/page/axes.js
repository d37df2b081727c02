// Axes by words: a word's place on an axis is its vector's projection on the way from one word to
// another.

function projection(model, from, to) {
  for (const word of [from, to]) {
    if (!model.index.has(word)) throw new Error(`“${word}” is not among the words shown of ${model.name}`);
  }
  const a = model.unit(model.index.get(from));
  const b = model.unit(model.index.get(to));
  const way = b.map((number, i) => number - a[i]);
  if (!way.some((number) => Math.abs(number) > 1e-6)) throw new Error(`“${from}” and “${to}” are the same direction`);
  return model.cosines(way);
}

// From -1 for the rarest to 1 for the most frequent word, evenly by the logarithm of the rank.
function byFrequency(model) {
  const most = Math.log(model.size || 1) || 1;
  return Float32Array.from({ length: model.size }, (_, row) => 1 - (2 * Math.log(row + 1)) / most);
}

// Scale in place so that the farthest values are at -1 and 1.
function spread(values) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const half = (high - low) / 2 || 1;
  return values.map((value) => (value - (low + high) / 2) / half);
}

// The places of the words of a model on chosen axes.
function placesOnAxes(model, { left, right, bottom, top }) {
  return {
    x: spread(projection(model, left, right)),
    y: bottom ? spread(projection(model, bottom, top)) : byFrequency(model),
  };
}

class Axes {
  constructor(search, models, plots) {
    this.form = document.getElementById("axes-form");
    this.status = document.getElementById("axes-status");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.show(search, models, plots);
    });
    this.form.addEventListener("reset", () => {
      this.status.textContent = "";
      plots.forEach((plot) => plot.rearrange({ x: plot.model.x, y: plot.model.y }, null));
    });
  }

  show(search, models, plots) {
    const words = {};
    for (const name of ["left", "right", "bottom", "top"]) {
      const field = this.form.elements[name];
      field.value = words[name] = search.known(field.value.trim());
    }
    try {
      if (!words.left || !words.right) throw new Error("give a word for the left and one for the right");
      if (!words.bottom !== !words.top) throw new Error("give words for both the bottom and the top, or for neither");
      const places = models.map((model) => placesOnAxes(model, words));
      const names = words.bottom ? words : { ...words, bottom: "rare", top: "frequent" };
      plots.forEach((plot) => plot.rearrange(places[plot.number], names));
      this.status.textContent = plots.length ? "" : "The axes need the map, which cannot be drawn here.";
    } catch (error) {
      this.status.textContent = error.message;
    }
  }
}
