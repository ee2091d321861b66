// Bytes a second over the last seconds, and what that means for the rest.

const WINDOW_MS = 10_000;
const SETTLED_MS = 2_000; // before that any figure would only jump about

export class Rate {
  constructor() {
    this.reset();
  }

  reset() {
    this.points = [];
  }

  /** `done`: bytes sent so far. */
  note(done, now = performance.now()) {
    this.points.push([now, done]);
    while (this.points.length > 2 && this.points[1][0] < now - WINDOW_MS) this.points.shift();
  }

  /** Bytes a second, or null while it cannot be said. */
  perSecond() {
    if (this.points.length < 2) return null;
    const [from, first] = this.points[0];
    const [to, last] = this.points[this.points.length - 1];
    if (to - from < SETTLED_MS || last <= first) return null;
    return ((last - first) * 1000) / (to - from);
  }
}
