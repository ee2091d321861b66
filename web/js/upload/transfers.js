// The uploads this tab is sending, one after the other. They go on while the person walks about the
// page.

import * as session from "../session.js";
import { sending } from "../ui.js";
import { fingerprint } from "./source.js";
import { forget, remember, remembered } from "./store.js";
import { Transfer } from "./transfer.js";

const TELL_MS = 500;
const running = new Map();
export const events = new EventTarget(); // "change": a transfer came, went or changed its state

export const transferOf = (id) => running.get(id) ?? null;

const active = () => [...running.values()].filter((transfer) => transfer.active);

/** Begins to send `file` for a fresh upload and remembers it for later. */
export async function begin(upload, { file, handle = null, packed = false }) {
  const record = {
    id: upload.id,
    account: session.email(),
    name: file.name,
    size: file.size,
    fingerprint: await fingerprint(file),
    part_bytes: upload.part_bytes,
    parts: upload.parts,
    handle,
    packed,
  };
  if (!(await remember(record))) await remember({ ...record, handle: null });
  return start(upload, file);
}

/** Sends the rest of an upload, when it is its turn. Only one tab at a time may: answers null when
 *  another one does. */
export async function start(upload, file) {
  const held = running.get(upload.id);
  if (held) {
    held.file = file;
    resume(held);
    return held;
  }
  const transfer = new Transfer(upload, file);
  if (!(await hold(transfer))) return null;
  running.set(upload.id, transfer);
  transfer.addEventListener("change", () => changed(transfer));
  transfer.addEventListener("progress", tellSoon);
  resume(transfer);
  return transfer;
}

/** Goes on with a transfer of this tab, when it is its turn. */
export function resume(transfer) {
  if (transfer.state === "pausing") return void transfer.resume();
  transfer.move("queued");
  return turn();
}

function turn() {
  const all = active();
  if (all.every((transfer) => transfer.state === "queued")) all[0]?.resume();
}

function changed(transfer) {
  if (transfer.state === "done") {
    forget(transfer.id);
    release(transfer);
  }
  if (!transfer.active) turn();
  tell();
  events.dispatchEvent(new CustomEvent("change", { detail: transfer }));
}

let telling = null;

function tellSoon() {
  telling ??= setTimeout(tell, TELL_MS);
}

/** How much of everything under way has arrived, for the tab and the window's title. */
function tell() {
  clearTimeout(telling);
  telling = null;
  const all = active();
  const whole = all.reduce((sum, transfer) => sum + transfer.file.size, 0);
  sending.set(whole ? all.reduce((sum, transfer) => sum + transfer.sent, 0) / whole : null);
}

/** Stops sending and forgets the upload: it was abandoned. */
export async function drop(id) {
  const transfer = running.get(id);
  if (transfer) {
    transfer.halt();
    release(transfer);
    tell();
  }
  await forget(id);
}

/** Lets go of what the service has ended meanwhile: abandoned elsewhere, or taken as failed. */
export function reconcile(uploads) {
  for (const { id, state } of uploads) {
    if (running.has(id) && (state === "abandoned" || state === "failed")) drop(id);
  }
}

function release(transfer) {
  if (running.get(transfer.id) === transfer) running.delete(transfer.id);
  transfer.unlock?.();
}

const LOCK = "pyeonji-upload-";

/** The ids of uploads that another tab of this browser is sending. */
export async function inOtherTabs() {
  const { held } = await navigator.locks.query();
  const ids = held.filter(({ name }) => name.startsWith(LOCK)).map((l) => l.name.slice(LOCK.length));
  return new Set(ids.filter((id) => !running.has(id)));
}

// The lock is given back by the browser itself when the tab dies.
function hold(transfer) {
  return new Promise((done) => {
    navigator.locks.request(LOCK + transfer.id, { ifAvailable: true }, (lock) => {
      done(lock !== null);
      if (lock === null) return undefined;
      return new Promise((unlock) => (transfer.unlock = unlock));
    });
  });
}

/** After signing in again: what stood still only for that goes on; another person's is let go. */
export function sessionBack(account, before) {
  for (const transfer of [...running.values()]) {
    if (account !== before) {
      transfer.halt();
      release(transfer);
    } else if (transfer.problem?.kind === "session") resume(transfer);
  }
  tell();
}

export { remembered };

window.addEventListener("beforeunload", (event) => {
  if (active().length) event.preventDefault();
});

/** Signed out on purpose: nothing more is sent for this person. */
export function pauseAll() {
  for (const transfer of running.values()) transfer.halt();
}
