// Moves the view of a plot: flights, touch, keys. Mouse and wheel are handled by the library.
//
// A view is {scale, x0, y0}: the point (x, y) is at (x0 + scale x, y0 - scale y) in pixels.

const STILL = window.matchMedia("(prefers-reduced-motion: reduce)");
const FLIGHT_MS = 650;
const FILLED = 0.94; // part of the canvas that all points fill

class Camera {
  constructor(canvas, scatterplot) {
    this.canvas = canvas;
    this.scatterplot = scatterplot;
    this.flight = 0;
    this.touches = new Map();
    this.movedByHand = 0; // until when moves are the user's own, and not a flight to a word
    for (const type of ["pointerdown", "wheel", "keydown"]) {
      canvas.addEventListener(type, () => this.stop(), { passive: true });
    }
    for (const type of ["pointerdown", "pointermove", "wheel", "keydown"]) {
      canvas.addEventListener(type, (event) => {
        if (type !== "pointermove" || event.buttons || event.pointerType === "touch") this.byHand();
      }, { passive: true });
    }
    // The library follows the mouse beyond the canvas.
    window.addEventListener("mousemove", (event) => {
      if (event.buttons && canvas.classList.contains("dragging")) this.byHand();
    }, { passive: true });
    canvas.addEventListener("pointerdown", (event) => this.touchStart(event));
    canvas.addEventListener("pointermove", (event) => this.touchMove(event));
    for (const type of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(type, (event) => this.touches.delete(event.pointerId));
    }
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  get width() { return this.canvas.clientWidth; }
  get height() { return this.canvas.clientHeight; }

  // The view that shows all points.
  get whole() {
    const scale = (Math.min(this.width, this.height) / 2) * FILLED;
    return { scale, x0: this.width / 2, y0: this.height / 2 };
  }

  // Whether all points are shown on a canvas of a size, which may be that of a moment ago.
  showsAll(width, height) {
    const [scale] = this.scatterplot.get("cameraView");
    return Math.abs(scale / ((Math.min(width, height) / height) * FILLED) - 1) < 0.01;
  }

  get view() {
    const matrix = this.scatterplot.get("cameraView");
    const half = this.height / 2;
    return { scale: matrix[0] * half, x0: this.width / 2 + matrix[12] * half, y0: half - matrix[13] * half };
  }

  set view({ scale, x0, y0 }) {
    const half = this.height / 2;
    const k = scale / half;
    this.scatterplot.view([k, 0, 0, 0, 0, k, 0, 0, 0, 0, 1, 0, (x0 - this.width / 2) / half, (half - y0) / half, 0, 1]);
  }

  // Keep the point at (x, y), in pixels, in its place, and enlarge the map around it.
  zoom(factor, x = this.width / 2, y = this.height / 2) {
    const { scale, x0, y0 } = this.view;
    const bounded = Math.max(this.whole.scale / 4, Math.min(scale * factor, this.whole.scale * 4000));
    const f = bounded / scale;
    return { scale: bounded, x0: x + (x0 - x) * f, y0: y + (y0 - y) * f };
  }

  pan(dx, dy) {
    const { scale, x0, y0 } = this.view;
    this.view = { scale, x0: x0 + dx, y0: y0 + dy };
  }

  stop() { cancelAnimationFrame(this.flight); }

  byHand(duration = 0) { this.movedByHand = performance.now() + duration + 300; }

  get isMovedByHand() { return performance.now() < this.movedByHand; }

  // The view with a point in the middle.
  centered(x, y, scale) {
    return { scale, x0: this.width / 2 - scale * x, y0: this.height / 2 + scale * y };
  }

  // Move to a view. `byHand`: as the user would move it, so that a linked map follows.
  fly(to, duration = FLIGHT_MS, byHand = false) {
    this.stop();
    if (byHand) this.byHand(duration);
    else this.movedByHand = 0;
    if (STILL.matches || document.hidden) {
      this.view = to;
      return;
    }
    const from = this.view;
    const middle = ({ scale, x0, y0 }) => [(this.width / 2 - x0) / scale, (y0 - this.height / 2) / scale];
    const [ax, ay] = middle(from);
    const [bx, by] = middle(to);
    const start = performance.now();
    const ratio = to.scale / from.scale;
    const step = (now) => {
      const t = Math.min(1, Math.max(0, (now - start) / duration));
      const eased = t < 0.5 ? 4 * t ** 3 : 1 - (2 - 2 * t) ** 3 / 2;
      const scale = from.scale * ratio ** eased;
      // The middle moves so that what is seen moves evenly while the scale changes.
      const moved = Math.abs(ratio - 1) < 1e-3 ? eased : (1 - ratio ** -eased) / (1 - 1 / ratio);
      this.view = this.centered(ax + (bx - ax) * moved, ay + (by - ay) * moved, scale);
      if (t < 1) this.flight = requestAnimationFrame(step);
    };
    this.flight = requestAnimationFrame(step);
  }

  touchStart(event) {
    if (event.pointerType !== "touch") return;
    this.canvas.setPointerCapture(event.pointerId);
    this.touches.set(event.pointerId, [event.offsetX, event.offsetY]);
  }

  touchMove(event) {
    const before = this.touches.get(event.pointerId);
    if (!before) return;
    const now = [event.offsetX, event.offsetY];
    const [other] = [...this.touches].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
    this.touches.set(event.pointerId, now);
    if (!other) {
      this.pan(now[0] - before[0], now[1] - before[1]);
      return;
    }
    const spread = (place) => Math.max(10, Math.hypot(place[0] - other[0], place[1] - other[1]));
    const view = this.zoom(spread(now) / spread(before), other[0], other[1]);
    // The middle between two fingers moves half as far as the one that moves.
    view.x0 += (now[0] - before[0]) / 2;
    view.y0 += (now[1] - before[1]) / 2;
    this.view = view;
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = 60;
    const moves = { ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    if (moves[event.key]) this.pan(...moves[event.key]);
    else if (event.key === "+" || event.key === "=") this.view = this.zoom(1.4);
    else if (event.key === "-" || event.key === "−") this.view = this.zoom(1 / 1.4);
    else if (event.key === "0" || event.key === "Home") this.fly(this.whole, FLIGHT_MS, true);
    else return;
    event.preventDefault();
  }
}
