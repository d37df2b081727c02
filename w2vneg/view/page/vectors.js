// The words of one model and their vectors, as integers: cosines need only their directions.

function decode(id, Kind) {
  const element = document.getElementById(id);
  const text = atob(element.textContent);
  element.remove(); // frees the text
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return new Kind(bytes.buffer);
}

class Model {
  constructor(description, number) {
    Object.assign(this, description); // name, words, counts, dim, bits
    this.index = new Map(this.words.map((word, row) => [word, row]));
    this.numbers = decode(`vectors-${number}`, this.bits === 8 ? Int8Array : Int16Array);
    const points = decode(`points-${number}`, Float32Array);
    this.groups = decode(`groups-${number}`, Uint8Array);
    this.size = this.words.length;
    this.x = new Float32Array(this.size);
    this.y = new Float32Array(this.size);
    this.inverse = new Float32Array(this.size); // 1 / length; 0 for vectors that are zero
    for (let row = 0; row < this.size; row++) {
      this.x[row] = points[2 * row];
      this.y[row] = points[2 * row + 1];
      let square = 0;
      for (let i = row * this.dim; i < (row + 1) * this.dim; i++) square += this.numbers[i] ** 2;
      this.inverse[row] = square ? 1 / Math.sqrt(square) : 0;
    }
  }

  // The vector of a row, scaled to unit length.
  unit(row) {
    const start = row * this.dim;
    return Float64Array.from(
      this.numbers.subarray(start, start + this.dim),
      (number) => number * this.inverse[row],
    );
  }

  // Cosines of all words with a direction, which may have any length.
  cosines(direction) {
    const { numbers, dim, inverse } = this;
    const length = Math.sqrt(direction.reduce((sum, number) => sum + number * number, 0));
    const target = Float32Array.from(direction, (number) => number / length);
    const found = new Float32Array(this.size);
    for (let row = 0, at = 0; row < found.length; row++) {
      let sum = 0;
      for (let i = 0; i < dim; i++, at++) sum += numbers[at] * target[i];
      found[row] = Math.max(-1, Math.min(1, sum * inverse[row]));
    }
    return found;
  }

  // The `count` words most similar to a sum of words, among the `most` most frequent, as
  // [row, cosine]; its own words excluded.
  // Terms are [word, weight]. An Error says what is wrong with them.
  nearest(terms, count, most) {
    const sum = new Float64Array(this.dim);
    const own = new Set();
    for (const [word, weight] of terms) {
      const row = this.index.get(word);
      if (row === undefined) throw new Error(`“${word}” is not among the ${this.size.toLocaleString("en")} words shown`);
      if (!this.inverse[row]) throw new Error(`the vector of “${word}” is zero`);
      own.add(row);
      this.unit(row).forEach((number, i) => { sum[i] += weight * number; });
    }
    if (!sum.some((number) => Math.abs(number) > 1e-6)) throw new Error("these words cancel each other out");
    const cosines = this.cosines(sum);
    const best = [];
    for (let row = 0; row < Math.min(most, this.size); row++) {
      const cosine = cosines[row];
      if ((best.length === count && cosine <= best[count - 1][1]) || own.has(row)) continue;
      let place = best.length;
      while (place && best[place - 1][1] < cosine) place--;
      best.splice(place, 0, [row, cosine]);
      if (best.length > count) best.pop();
    }
    return best;
  }
}

// A query is a word, which may hold spaces, or a sum such as "king +woman -man".
function parseQuery(text, models) {
  const typed = text.trim();
  if (!typed || models.some((model) => model.index.has(typed))) return typed ? [[typed, 1]] : [];
  const parts = typed.replace(/\s([+\-−])\s+/gu, " $1").split(/\s+/u);
  if (parts.length === 1 || !parts.slice(1).every((part) => /^[+\-−]./u.test(part))) return [[typed, 1]];
  return parts.map((part, i) => (i ? [part.slice(1), part[0] === "+" ? 1 : -1] : [part, 1]));
}
