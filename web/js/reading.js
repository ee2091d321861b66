// Mail that is read on the page: its exact bytes fetched, and taken apart in a worker.

import { Asked } from "../viewer/asked.js";
import * as api from "./api.js";
import { NetworkError } from "./http.js";

const WORKERS = ["/viewer/parse_worker.js", "/viewer/worker.js"];
const PATIENCE_MS = 20_000; // a mail that takes longer is made to
const MOST = 64 * 1024 * 1024; // a larger mail is saved, not shown

// The one policy the page has, which knows two addresses of its own.
const policy = globalThis.trustedTypes?.createPolicy("workers", {
  createScriptURL(address) {
    if (!WORKERS.includes(address)) throw new TypeError(address);
    return address;
  },
});

/** What makes a worker of ours. */
export const workerAt = (address) => () =>
  new Worker(policy ? policy.createScriptURL(address) : address, { type: "module" });

export const parser = new Asked(workerAt(WORKERS[0]), PATIENCE_MS);

/** `{bytes, mail}` of a row of a list: its exact bytes, and what they say. Raises Error("too_large"),
 *  Error("too_long"). */
export async function readMail({ mailbox_id: mailbox, key, bytes: size }) {
  if (size > MOST) throw new Error("too_large");
  const { url } = await api.emlUrl(mailbox, key);
  const bytes = new Uint8Array(await fetchBytes(url));
  return { bytes, mail: await parser.ask("parse", { bytes }) };
}

async function fetchBytes(url) {
  try {
    const answer = await fetch(url, { credentials: "omit" });
    if (answer.ok) return await answer.arrayBuffer();
  } catch {
    // no connection: said below
  }
  throw new NetworkError();
}

/** `{volume, offsetOf, QueryError, close()}`: what looks into a file of a backup, not opened yet. */
export async function openVolume(zone) {
  const [{ Volume }, { QueryError }, { offsetIn }, frame] = await Promise.all([
    import("../viewer/volume.js"),
    import("../viewer/query.js"),
    import("../viewer/zones.js"),
    quietFrame(),
  ]);
  const files = new Asked(workerAt(WORKERS[1]));
  await files.ask("start", { wasm: "/vendor/sqlite-wasm/sqlite3.wasm" });
  return {
    volume: new Volume({ files, mails: parser, parser: new frame.contentWindow.DOMParser() }),
    offsetOf: offsetIn(zone),
    QueryError,
    close() {
      files.end();
      frame.remove();
    },
  };
}

/** A page of ours where nothing runs: there a mail's markup may be read. */
function quietFrame() {
  return new Promise((done) => {
    const frame = document.createElement("iframe");
    frame.hidden = true;
    frame.sandbox = "allow-same-origin";
    frame.src = "/viewer/mail.html";
    frame.onload = () => done(frame);
    document.body.append(frame);
  });
}
