// A value that several parts of the page look at: the language, the address, the open dialogs.

import { useEffect, useReducer } from "../vendor/htm-preact/standalone.mjs";

export class Value {
  constructor(first) {
    this.value = first;
    this.listeners = new Set();
  }

  set(next) {
    this.value = next;
    for (const listener of [...this.listeners]) listener(next);
  }

  /** `listener(value)` at every change; answers what ends it. */
  listen(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

/** The value, in a component that is drawn again when it changes. */
export function useValue(held) {
  const [, draw] = useReducer((count) => count + 1, 0);
  useEffect(() => {
    const end = held.listen(draw);
    return () => void end();
  }, [held]);
  return held.value;
}
