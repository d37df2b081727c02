// Draws only frequent words while the map moves, where drawing all of them is slow: without a GPU, a frame takes about a
// millisecond for each thousand points.

const SLOW_MS = 45; // a frame that takes longer is felt
const SMOOTH_MS = 30; // what it should take
const LEAST = 10000; // words that are always drawn
const REST_MS = 150; // without a move for so long, all words are drawn again
const FRAMES = 4; // over which the time is averaged

class Pace {
  // `lit` returns rows that are drawn in any case.
  constructor(scatterplot, size, lit) {
    this.scatterplot = scatterplot;
    this.size = size;
    this.lit = lit;
    this.last = -Infinity;
    this.gaps = [];
    this.fewer = 0; // words that are drawn at present; 0: all
    this.wanted = size; // as of the last move that was slow
  }

  // The view has changed.
  moved(now = performance.now()) {
    if (this.size <= LEAST) return;
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.restore(), REST_MS);
    const gap = now - this.last;
    this.last = now;
    if (gap > REST_MS * 2) {
      this.gaps = [];
      if (this.wanted < this.size) this.draw(this.wanted); // it was slow before
      return;
    }
    this.gaps.push(gap);
    if (this.gaps.length < FRAMES) return;
    const mean = this.gaps.reduce((sum, one) => sum + one, 0) / this.gaps.length;
    this.gaps = [];
    const drawn = this.fewer || this.size;
    if (mean > SLOW_MS && drawn > LEAST) {
      this.wanted = Math.max(LEAST, Math.floor((drawn * SMOOTH_MS) / mean));
      this.draw(this.wanted);
    }
  }

  draw(count) {
    if (this.fewer === count) return;
    this.fewer = count;
    const rows = Array.from({ length: count }, (_, row) => row);
    for (const row of [...this.lit()].sort((a, b) => a - b)) if (row >= count) rows.push(row);
    this.scatterplot.filter(rows, { preventEvent: true });
  }

  // Draw all words.
  restore() {
    clearTimeout(this.rest);
    if (!this.fewer) return;
    this.fewer = 0;
    this.gaps = [];
    this.last = -Infinity;
    const { scatterplot } = this;
    // Setting the view, even to what it is, lets the library count the points in it, which decides how opaque they are.
    scatterplot.unfilter({ preventEvent: true })
      .then(() => scatterplot.view(scatterplot.get("cameraView"), { preventEvent: true }));
  }
}
