// One map: points by regl-scatterplot, and above them a canvas of labels.

const DARK = window.matchMedia("(prefers-color-scheme: dark)");
const THEMES = {
  light: {
    paper: "#fbfaf8", ink: "#1d2129", label: "#3c424d", faint: "#a9adb5", halo: "rgba(251,250,248,0.9)",
    accent: "#c2410c", neighbor: "#ea7a3a", line: "rgba(194,65,12,0.38)",
    groups: ["#4c78a8", "#e07b39", "#54a24b", "#c94f52", "#7d6bb2", "#3fa3a0", "#b5892b", "#cc6699", "#8a6d5a", "#6b7a90"],
  },
  dark: {
    paper: "#101319", ink: "#f2f4f7", label: "#cfd4dc", faint: "#5b6472", halo: "rgba(16,19,25,0.85)",
    accent: "#fdba74", neighbor: "#fb923c", line: "rgba(251,146,60,0.45)",
    groups: ["#6ea4dc", "#f5a061", "#7cc872", "#f07f82", "#a897e0", "#62c9c5", "#dcb24d", "#ee92bd", "#bd9c86", "#9aa9bf"],
  },
};
const theme = () => (DARK.matches ? THEMES.dark : THEMES.light);

function hasWebGL() {
  const context = document.createElement("canvas").getContext("webgl");
  return Boolean(context && context.getExtension("OES_texture_float"));
}

class Plot {
  constructor(section, model, number) {
    this.section = section;
    this.model = model;
    this.number = number;
    this.points = { x: model.x, y: model.y };
    this.axes = null; // names of the axes, where words chose them
    this.lit = []; // rows of the selected word, if it is one, and of its neighbors
    this.hovered = -1;
    this.gliding = false; // words are on their way to other places
    this.onPick = () => {};
    this.onMove = () => {};
  }

  // Draw the points. Resolves to whether that worked.
  async start() {
    if (!hasWebGL()) {
      this.say("This browser offers no WebGL, so the map cannot be drawn. The search works all the same.");
      return false;
    }
    const canvas = this.section.querySelector(".points");
    this.canvas = canvas;
    this.labels = new Labels(this.section.querySelector(".labels"), this.model);
    try {
      this.scatterplot = plotting.createScatterplot({
        canvas, width: "auto", height: "auto", syncEvents: true, deselectOnDblClick: false, deselectOnEscape: false,
        actionKeyMap: {}, colorBy: "valueZ", sizeBy: "valueW", opacityBy: "density", opacityByDensityFill: 0.2,
        opacityInactiveMax: 0.3, opacityInactiveScale: 0.5, pointOutlineWidth: 0, pointSizeSelected: 1,
        pointSize: [3, 3.5, 4, 5, 6, 8], ...this.colors(),
      });
    } catch (error) {
      this.say(`The map cannot be drawn (${error.message}). The search works all the same.`);
      return false;
    }
    this.camera = new Camera(canvas, this.scatterplot);
    this.pace = new Pace(this.scatterplot, this.model.size, () => this.lit);
    await this.drawPoints(false);
    this.scatterplot.subscribe("view", () => this.moved());
    this.resize();
    this.camera.view = this.camera.whole;
    new ResizeObserver(() => this.resize()).observe(this.section);
    this.listen();
    return true;
  }

  say(text) {
    const message = this.section.querySelector(".message");
    message.textContent = text;
    message.hidden = false;
    for (const canvas of this.section.querySelectorAll("canvas")) canvas.hidden = true;
  }

  colors() {
    const { paper, groups, neighbor, ink } = theme();
    return { backgroundColor: paper, pointColor: groups, pointColorActive: neighbor, pointColorHover: ink };
  }

  drawPoints(glide) {
    const { size, groups } = this.model;
    if (!this.sizes) {
      this.sizes = new Float32Array(size);
      for (let row = 0; row < size; row++) this.sizes[row] = 1 - Math.log1p(row) / Math.log1p(size);
    }
    const transition = glide && !STILL.matches;
    this.gliding = transition;
    const drawn = this.scatterplot.draw(
      { x: this.points.x, y: this.points.y, z: groups, w: this.sizes },
      { transition, transitionDuration: 700, zDataType: "categorical", wDataType: "continuous" },
    );
    return drawn.then(() => {
      this.gliding = false;
      this.refresh();
    });
  }

  // Give the words other places: {x, y}, and names of the axes.
  rearrange(points, axes) {
    this.pace.restore();
    this.points = points;
    this.axes = axes;
    this.labels.context.clearRect(0, 0, this.labels.width, this.labels.height);
    this.camera.fly(this.camera.whole);
    return this.drawPoints(true);
  }

  resize() {
    const { clientWidth, clientHeight } = this.section;
    if (!clientWidth || !clientHeight || !this.labels) return;
    const showedAll = this.labels.width && this.camera.showsAll(this.labels.width, this.labels.height);
    this.labels.resize(clientWidth, clientHeight);
    // The library would draw as many pixels as the window has, and copy those of the map.
    this.scatterplot.get("renderer").resize(clientWidth, clientHeight);
    // The middle of the map stays in the middle; what was shown as a whole is shown as a whole again.
    requestAnimationFrame(() => {
      this.camera.view = showedAll ? this.camera.whole : this.camera.view;
      this.refresh();
    });
  }

  recolor() {
    this.scatterplot.set(this.colors());
    this.refresh();
  }

  moved() {
    this.pace.moved();
    this.drawLabels();
    this.onMove(this);
  }

  // Draw the labels again at the next frame.
  refresh() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.drawLabels());
  }

  drawLabels() {
    if (this.gliding || !this.labels.width) return;
    this.labels.draw(this.camera.view, this.points, this.lit, this.hovered, theme());
    if (this.axes) this.labels.drawAxes(this.axes, theme());
  }

  // Light a word and its neighbors; rows, the word first if there is one.
  light(rows) {
    this.pace.restore();
    this.lit = rows;
    if (rows.length) this.scatterplot.select(rows, { preventEvent: true });
    else this.scatterplot.deselect({ preventEvent: true });
    this.refresh();
  }

  // Fly to the first of some rows, near enough to tell words apart, with the closest others in view.
  flyTo(rows) {
    const [row, ...others] = rows;
    const { x, y } = this.points;
    const distances = others.map((other) => Math.hypot(x[other] - x[row], y[other] - y[row])).sort((a, b) => a - b);
    const reach = distances[Math.floor(distances.length * 0.75)] || 0.05;
    const { scale } = this.camera.whole;
    const half = Math.min(this.camera.width, this.camera.height) / 2;
    const wanted = Math.max(scale, Math.min((half * 0.8) / reach, scale * 40));
    this.camera.fly(this.camera.centered(x[row], y[row], wanted));
  }

  // The word at a place in pixels: its label, or the nearest point within `reach`.
  at(x, y, reach) {
    const labeled = this.labels.at(x, y);
    if (labeled >= 0) return labeled;
    const { scale, x0, y0 } = this.camera.view;
    let found = -1;
    let best = reach * reach;
    for (let row = 0; row < this.model.size; row++) {
      const square = (x0 + scale * this.points.x[row] - x) ** 2 + (y0 - scale * this.points.y[row] - y) ** 2;
      if (square < best) [best, found] = [square, row];
    }
    return found;
  }

  listen() {
    const { canvas } = this;
    let pressed = null;
    canvas.addEventListener("pointerdown", (event) => {
      pressed = [event.clientX, event.clientY];
      canvas.classList.add("dragging");
    });
    window.addEventListener("pointerup", () => canvas.classList.remove("dragging"));
    canvas.addEventListener("pointermove", (event) => {
      if (event.pointerType === "touch" || event.buttons) return;
      this.hover(this.at(event.offsetX, event.offsetY, 8));
    });
    canvas.addEventListener("pointerleave", () => this.hover(-1));
    // Before the library sees them: it would select points itself.
    this.section.addEventListener("click", (event) => {
      if (event.target !== canvas) return;
      event.stopPropagation();
      if (pressed && Math.hypot(event.clientX - pressed[0], event.clientY - pressed[1]) > 5) return;
      const row = this.at(event.offsetX, event.offsetY, event.pointerType === "touch" ? 24 : 10);
      this.onPick(row < 0 ? null : this.model.words[row]);
    }, true);
    this.section.addEventListener("dblclick", (event) => {
      if (event.target !== canvas) return;
      event.stopPropagation();
      this.camera.fly(this.camera.zoom(2, event.offsetX, event.offsetY), 250, true);
    }, true);
  }

  hover(row) {
    if (row === this.hovered) return;
    this.hovered = row;
    this.canvas.classList.toggle("over", row >= 0);
    this.refresh();
  }
}
