// What may be said or asked from anywhere: words for a screen reader, short messages, dialogs.

import { explain } from "./errors.js";
import { Value } from "./store.js";

/** Says something to a screen reader without moving anything. */
export function announce(text) {
  const region = document.getElementById("said");
  region.textContent = "";
  setTimeout(() => (region.textContent = text), 50); // an unchanged text would not be read again
}

export const toasts = new Value([]);
const TOAST_MS = { info: 6_000, bad: 15_000 };

/** A short message that goes away by itself, and is read out. `kind`: info or bad. */
export function toast(text, kind = "info") {
  const entry = { text, kind };
  const others = toasts.value.filter((each) => each.text !== text);
  toasts.set([...others, entry].slice(-3));
  if (kind === "info") announce(text);
  setTimeout(() => dismiss(entry), TOAST_MS[kind]);
}

export const dismiss = (entry) => toasts.set(toasts.value.filter((each) => each !== entry));

/** What went wrong with something pressed, where nothing nearer can say it. */
export const complain = (error) => error && toast(explain(error), "bad");

export const dialogs = new Value([]);
let counter = 0;

/** Shows the dialog that `draw(close)` gives; answers what it was closed with. */
export function openDialog(draw) {
  return new Promise((done) => {
    const entry = { id: (counter += 1), draw, close };
    dialogs.set([...dialogs.value, entry]);
    function close(result) {
      if (!dialogs.value.includes(entry)) return;
      dialogs.set(dialogs.value.filter((each) => each !== entry));
      done(result);
    }
  });
}

/** Closes whatever dialog is open: the session ended, or the screen changed. */
export function closeDialogs() {
  for (const entry of [...dialogs.value].reverse()) entry.close();
}

/** Where the focus goes when what held it is gone. */
export function focusTitle() {
  document.querySelector("main h1")?.focus({ preventScroll: true });
}

/** How much of all that this tab is sending has arrived (0 to 1), or null. */
export const sending = new Value(null);
