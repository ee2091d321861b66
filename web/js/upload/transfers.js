// The uploads this tab is sending. They go on while the person walks about the page.

import * as session from "../session.js";
import { forget, remember, remembered } from "./store.js";
import { fingerprint } from "./source.js";
import { Transfer } from "./transfer.js";

const running = new Map();
export const events = new EventTarget(); // "change": a transfer came, went or changed its state

export const transferOf = (id) => running.get(id) ?? null;
export const anyActive = () => [...running.values()].some((transfer) => transfer.active);

/** Begins to send `file` for a fresh upload and remembers it for later. */
export async function begin(upload, { file, handle }) {
  const record = {
    id: upload.id,
    account: session.email(),
    name: file.name,
    size: file.size,
    fingerprint: await fingerprint(file),
    part_bytes: upload.part_bytes,
    parts: upload.parts,
    handle,
  };
  if (!(await remember(record))) await remember({ ...record, handle: null });
  return start(upload, file);
}

/** Sends the rest of an upload. Only one tab at a time may: answers null when another one does. */
export async function start(upload, file) {
  const held = running.get(upload.id);
  if (held) {
    held.file = file;
    held.resume();
    return held;
  }
  const transfer = new Transfer(upload, file);
  const got = await hold(transfer);
  if (!got) return null;
  running.set(upload.id, transfer);
  transfer.addEventListener("change", () => changed(transfer));
  transfer.resume();
  return transfer;
}

function changed(transfer) {
  if (transfer.state === "done") {
    forget(transfer.id);
    release(transfer);
  }
  events.dispatchEvent(new CustomEvent("change", { detail: transfer }));
}

/** Stops sending and forgets the upload: it was abandoned. */
export async function drop(id) {
  const transfer = running.get(id);
  if (transfer) {
    transfer.pause();
    release(transfer);
  }
  await forget(id);
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
      transfer.pause();
      release(transfer);
    } else if (transfer.problem?.kind === "session") transfer.resume();
  }
}

export { remembered };

window.addEventListener("beforeunload", (event) => {
  if (anyActive()) event.preventDefault();
});

/** Signed out on purpose: nothing more is sent for this person. */
export function pauseAll() {
  for (const transfer of running.values()) transfer.pause();
}
