// Names of words on the map that do not overlap: the most frequent first, more as one zooms in.

const CELL = 4; // pixels of the grid that keeps labels apart

class Labels {
  constructor(canvas, model) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.model = model;
    this.widths = new Float32Array(model.size); // at 10 px; 0: not measured yet
    this.shown = []; // {row, x, y, width, height} of what was drawn last
  }

  resize(width, height) {
    const ratio = window.devicePixelRatio || 1;
    this.width = width;
    this.height = height;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.columns = Math.ceil(width / CELL) + 2;
    this.rows = Math.ceil(height / CELL) + 2;
    this.taken = new Uint8Array(this.columns * this.rows);
  }

  // The height in pixels of a word's label; frequent words are larger.
  fontSize(row) {
    return 11 + 5 * (1 - Math.log1p(row) / Math.log1p(this.model.size));
  }

  measure(row, size) {
    if (!this.widths[row]) {
      this.context.font = "10px system-ui, sans-serif";
      this.widths[row] = this.context.measureText(this.model.words[row]).width + 0.01;
    }
    return (this.widths[row] * size) / 10;
  }

  // Reserve a rectangle; false if part of it is taken. The grid moves with the map: labels do not
  // flicker when it is dragged.
  reserve(left, top, width, height, force) {
    const x0 = Math.floor((left - this.offsetX) / CELL);
    const x1 = Math.floor((left + width - this.offsetX) / CELL);
    const y0 = Math.floor((top - this.offsetY) / CELL);
    const y1 = Math.floor((top + height - this.offsetY) / CELL);
    const bound = (value, high) => Math.max(0, Math.min(high, value));
    const [a, b] = [bound(x0, this.columns - 1), bound(x1, this.columns - 1)];
    const [c, d] = [bound(y0, this.rows - 1), bound(y1, this.rows - 1)];
    if (!force) {
      for (let y = c; y <= d; y++) {
        for (let x = a; x <= b; x++) if (this.taken[y * this.columns + x]) return false;
      }
    }
    for (let y = c; y <= d; y++) this.taken.fill(1, y * this.columns + a, y * this.columns + b + 1);
    return true;
  }

  // Draw all labels. `place(row)` is where a word is on the canvas; `lit` is the word that is
  // selected and its neighbors, the word first.
  draw(view, points, lit, hovered, colors) {
    const { context, width, height } = this;
    context.clearRect(0, 0, width, height);
    this.taken.fill(0);
    this.shown = [];
    this.offsetX = (((view.x0 % CELL) + CELL) % CELL) - CELL;
    this.offsetY = (((view.y0 % CELL) + CELL) % CELL) - CELL;
    if (lit.length) this.drawLines(view, points, lit, colors);
    const done = new Set(lit);
    lit.forEach((row, i) => this.drawLabel(row, view, points, i ? "neighbor" : "word", colors));
    if (hovered >= 0 && !done.has(hovered)) {
      done.add(hovered);
      this.drawLabel(hovered, view, points, "hovered", colors);
    }
    const kind = lit.length ? "faint" : "plain";
    const most = Math.round((width * height) / 3800);
    context.lineJoin = "round";
    for (let row = 0; row < this.model.size && this.shown.length < most; row++) {
      const x = view.x0 + view.scale * points.x[row];
      const y = view.y0 - view.scale * points.y[row];
      if (x < -20 || x > width + 20 || y < -4 || y > height + 24 || done.has(row)) continue;
      this.drawLabel(row, view, points, kind, colors);
    }
  }

  drawLabel(row, view, points, kind, colors) {
    const x = view.x0 + view.scale * points.x[row];
    const y = view.y0 - view.scale * points.y[row];
    const strong = kind !== "plain" && kind !== "faint";
    const size = strong ? (kind === "word" ? 17 : 14) : this.fontSize(row);
    const width = this.measure(row, size) * (strong ? 1.06 : 1);
    const gap = strong ? 9 : 6;
    const pad = strong ? 2 : 5;
    // Above the point; a word that is lit may also stand below it or beside it.
    let places = [[x, y - gap - size]];
    if (strong) places.push([x, y + gap], [x + gap + width / 2, y - size / 2], [x - gap - width / 2, y - size / 2]);
    const inside = x > 0 && x < this.width && y > 0 && y < this.height;
    if (strong && inside) {
      const bound = (value, low, high) => Math.max(low, Math.min(high, value));
      places = places.map(([px, py]) => [
        bound(px, width / 2 + 4, this.width - width / 2 - 4),
        bound(py, 4, this.height - size - 6),
      ]);
    }
    let place = places.find(([px, py]) => this.reserve(px - width / 2 - pad, py - 2, width + 2 * pad, size + 4));
    if (!place && (kind === "word" || kind === "hovered")) {
      [place] = places;
      this.reserve(place[0] - width / 2 - pad, place[1] - 2, width + 2 * pad, size + 4, true);
    }
    if (!place) return;
    const [middle, top] = place;
    const { context } = this;
    context.font = `${strong ? "600 " : ""}${size}px system-ui, sans-serif`;
    context.textAlign = "center";
    context.textBaseline = "alphabetic";
    context.lineWidth = strong ? 4 : 3;
    context.strokeStyle = colors.halo;
    context.fillStyle = { word: colors.accent, neighbor: colors.ink, hovered: colors.ink, plain: colors.label, faint: colors.faint }[kind];
    const text = this.model.words[row];
    context.strokeText(text, middle, top + size);
    context.fillText(text, middle, top + size);
    this.shown.push({ row, x: middle - width / 2, y: top, width, height: size + 4 });
  }

  drawLines(view, points, lit, colors) {
    const { context } = this;
    const at = (row) => [view.x0 + view.scale * points.x[row], view.y0 - view.scale * points.y[row]];
    const [x, y] = at(lit[0]);
    context.strokeStyle = colors.line;
    context.lineWidth = 1.25;
    context.beginPath();
    for (const row of lit.slice(1)) {
      context.moveTo(x, y);
      context.lineTo(...at(row));
    }
    context.stroke();
    for (const row of lit) {
      const [cx, cy] = at(row);
      context.beginPath();
      context.arc(cx, cy, row === lit[0] ? 6 : 4, 0, 2 * Math.PI);
      context.fillStyle = row === lit[0] ? colors.accent : colors.neighbor;
      context.fill();
      context.lineWidth = 1.5;
      context.strokeStyle = colors.halo;
      context.stroke();
    }
  }

  // The names of the axes at the edges of the map.
  drawAxes(axes, colors) {
    const { context, width, height } = this;
    context.font = "600 14px system-ui, sans-serif";
    context.textBaseline = "middle";
    context.lineWidth = 5;
    context.strokeStyle = colors.halo;
    context.fillStyle = colors.accent;
    const write = (text, x, y, align) => {
      context.textAlign = align;
      context.strokeText(text, x, y);
      context.fillText(text, x, y);
    };
    write(`← ${axes.left}`, 12, height / 2, "left");
    write(`${axes.right} →`, width - 12, height / 2, "right");
    write(`↑ ${axes.top}`, width / 2, 18, "center");
    write(`↓ ${axes.bottom}`, width / 2, height - 18, "center");
  }

  // The word whose label is at a place, or -1.
  at(x, y) {
    const hit = this.shown.find((l) => x >= l.x - 2 && x <= l.x + l.width + 2 && y >= l.y - 2 && y <= l.y + l.height + 6);
    return hit ? hit.row : -1;
  }
}
