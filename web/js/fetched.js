// The files of a backup on their way to this computer: one after the other, going on after a break,
// and which of them this browser has had already.

import * as api from "./api.js";
import { download } from "./download.js";
import { Mistake } from "./errors.js";
import { t } from "./i18n.js";
import { Value } from "./store.js";

const KEY = "pyeonji.fetched";
const MOST = 40; // backups remembered; five can be had at a time
const BETWEEN_MS = 1_500; // two downloads handed to the browser at once are one to some
const TRIES = 6;

function read() {
  try {
    return new Map(JSON.parse(localStorage.getItem(KEY) ?? "[]"));
  } catch {
    return new Map(); // written by something else
  }
}

/** Backup id → numbers of the files this browser has had. */
export const fetched = new Value(read());

export const hasFetched = (id, number) => fetched.value.get(id)?.includes(number) ?? false;

function remember(id, number) {
  const next = read();
  next.set(id, [...new Set([...(next.get(id) ?? []), number])]);
  localStorage.setItem(KEY, JSON.stringify([...next].slice(-MOST)));
  fetched.set(next);
}

/** What is being fetched: `{id, number, part, stop()}`, or null. `part` null where the browser's own
 *  downloads do the work. */
export const running = new Value(null);

/** Hands one file to the browser's downloads. */
export async function fetchOne(id, { number }) {
  download((await api.volumeUrl(id, number)).url);
  remember(id, number);
}

/** Fetches `files` of a backup one after the other. Into a folder the person chooses, where the
 *  browser can write there: then a broken download goes on where it stopped, today or tomorrow.
 *  Elsewhere by the browser's downloads. */
export async function fetchAll(id, files) {
  if (running.value) throw new Mistake(t("fetch.one_at_a_time"));
  const folder = await chooseFolder();
  if (folder === undefined) return; // thought better of it
  const stopper = new AbortController();
  const tell = (number, part) => running.set({ id, number, part, stop: () => stopper.abort() });
  try {
    for (const file of files) {
      if (stopper.signal.aborted) return;
      tell(file.number, folder ? 0 : null);
      if (folder) {
        await intoFolder(folder, id, file, stopper.signal, (part) => tell(file.number, part));
        if (!stopper.signal.aborted) remember(id, file.number);
      } else {
        await fetchOne(id, file);
        await wait(BETWEEN_MS, stopper.signal);
      }
    }
  } finally {
    running.set(null);
  }
}

const wait = (ms, signal) =>
  new Promise((done) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), done()), { once: true });
  });

/** A folder that may be written to; null where the browser has no such thing, undefined when nobody
 *  chose one. */
async function chooseFolder() {
  if (!window.showDirectoryPicker) return null;
  try {
    return await window.showDirectoryPicker({ id: "pyeonji-backup", mode: "readwrite" });
  } catch (error) {
    return error.name === "AbortError" ? undefined : null; // a policy may forbid it
  }
}

async function intoFolder(folder, id, file, signal, tell) {
  const handle = await folder.getFileHandle(file.filename, { create: true });
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    const before = (await handle.getFile()).size;
    if (before === file.bytes) return;
    try {
      await more(handle, id, file, before > file.bytes ? 0 : before, signal, tell);
    } catch (error) {
      if (signal.aborted) return;
      const passing = error instanceof TypeError || error instanceof BrokenError;
      const moved = (await handle.getFile()).size > before;
      if (moved) attempt = 0;
      if (!passing || attempt >= TRIES) {
        throw passing ? new Mistake(t("fetch.broken")) : writing(error);
      }
      await wait(1_000 * 2 ** attempt, signal);
    }
  }
}

/** The store answered, but not with these bytes. */
class BrokenError extends Error {}

/** Fetches a file from byte `start` on and appends it. What has come is kept, however it ends. */
async function more(handle, id, file, start, signal, tell) {
  const { url } = await api.volumeUrl(id, file.number);
  const answer = await fetch(url, { headers: { Range: `bytes=${start}-` }, signal });
  if (answer.status !== 206 && !(answer.status === 200 && start === 0)) throw new BrokenError();
  const writer = await handle.createWritable({ keepExistingData: start > 0 });
  try {
    if (start) await writer.seek(start);
    let done = start;
    const reader = answer.body.getReader();
    for (;;) {
      const { value, done: end } = await reader.read();
      if (end) break;
      await writer.write(value);
      done += value.length;
      tell(done / file.bytes);
    }
    if (done !== file.bytes) throw new BrokenError();
  } finally {
    await writer.close();
  }
}

/** The folder is full, or may not be written to any more. */
const writing = (error) => (error instanceof DOMException ? new Mistake(t("fetch.disk")) : error);
