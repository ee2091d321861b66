// One file on its way: parts in parallel straight to S3, a failed part tried again alone, paused and
// resumed, across a lost network and an ended session.
// States:
//
//   queued → sending        its turn (transfers.js)
//   sending → pausing → paused → sending      the person; what is in flight arrives first
//   sending, finishing ⇄ waiting       the network (by itself)
//   sending → stopped       something a person must look at (`problem` says what)
//   sending → finishing → done

import * as api from "../api.js";
import { ApiError, NetworkError } from "../http.js";
import { SessionEndedError } from "../session.js";
import { PutError, put } from "./put.js";
import { Rate } from "./rate.js";

const WORKERS = 4; // of the six connections a browser opens to one host
const URLS_AT_ONCE = 8;
const URL_GOOD_MS = 10 * 60_000; // they live longer; a part in flight must not see the end of one
const TRIES = 7; // of one part, backing off up to half a minute: about two minutes
const ROUNDS = 3; // of completing when S3 turns out to lack parts

const wait = (ms, signal) =>
  new Promise((done) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), done()), { once: true });
  });

export class Transfer extends EventTarget {
  /** `upload`: as the API answered; `file`: the ZIP. */
  constructor(upload, file) {
    super();
    Object.assign(this, { id: upload.id, upload, file, state: "paused", problem: null });
    this.partBytes = upload.part_bytes;
    this.parts = upload.parts;
    this.arrived = new Set();
    this.flying = new Map(); // part → bytes sent of it
    this.urls = new Map(); // part → {url, at}
    this.rate = new Rate();
    this.retried = 0;
  }

  sizeOf(number) {
    return Math.min(this.partBytes, this.file.size - (number - 1) * this.partBytes);
  }

  get sent() {
    let sum = 0;
    for (const number of this.arrived) sum += this.sizeOf(number);
    for (const bytes of this.flying.values()) sum += bytes;
    return Math.min(sum, this.file.size);
  }

  get remaining() {
    const speed = this.rate.perSecond();
    return speed ? (this.file.size - this.sent) / speed : null;
  }

  get active() {
    return ["queued", "sending", "pausing", "waiting", "finishing"].includes(this.state);
  }

  move(state, problem = null) {
    this.state = state;
    this.problem = problem;
    this.dispatchEvent(new Event("change"));
  }

  /** Begins no further part; what is on its way still arrives, so that it need not be sent again. */
  pause() {
    if (this.state === "sending" && this.flying.size) return this.move("pausing");
    return this.halt();
  }

  /** Stops at once. */
  halt() {
    if (!this.active || this.state === "finishing") return;
    this.stopAll();
    this.move("paused");
  }

  stopAll() {
    this.stopper?.abort();
    this.flying.clear();
    this.rate.reset();
  }

  /** Sends what is missing, to the end. Never raises: how it ended is in `state` and `problem`. */
  async resume() {
    if (this.state === "pausing") return this.move("sending");
    if ((this.active && this.state !== "queued") || this.state === "done") return;
    const stopper = new AbortController();
    this.stopper = stopper;
    this.move("sending");
    try {
      for (let round = 0; ;) {
        await this.askArrived(stopper.signal);
        await this.sendMissing(stopper);
        if (stopper.signal.aborted) return;
        if (this.arrived.size < this.parts) {
          if (this.state === "pausing") return this.halt();
          continue; // going on was pressed while pausing
        }
        this.move("finishing");
        if (await this.complete(round)) return this.move("done");
        round += 1;
        this.move("sending");
      }
    } catch (error) {
      if (this.stopper !== stopper || this.state === "paused") return;
      this.stopAll();
      this.move("stopped", problemOf(error));
    }
  }

  async askArrived(signal) {
    const { parts } = await this.patiently(() => api.arrivedParts(this.id), signal);
    this.arrived = new Set(
      parts.filter((part) => part.bytes === this.sizeOf(part.number)).map((part) => part.number),
    );
  }

  async sendMissing(stopper) {
    const queue = [];
    for (let number = 1; number <= this.parts; number += 1) {
      if (!this.arrived.has(number)) queue.push(number);
    }
    const crew = Array.from({ length: Math.min(WORKERS, queue.length) }, () =>
      this.work(queue, stopper).catch((error) => {
        stopper.abort(); // one part that cannot be sent stops the others in flight
        throw error;
      }),
    );
    const ends = await Promise.allSettled(crew);
    const failed = ends.find((end) => end.status === "rejected");
    if (failed) throw failed.reason;
  }

  async work(queue, { signal }) {
    while (queue.length && !signal.aborted && this.state !== "pausing") {
      const number = queue.shift();
      await this.sendPart(number, queue, signal);
    }
  }

  async sendPart(number, queue, signal) {
    const start = (number - 1) * this.partBytes;
    const blob = this.file.slice(start, start + this.sizeOf(number));
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      try {
        const url = await this.patiently(() => this.urlOf(number, queue), signal);
        if (signal.aborted) return;
        const progress = (bytes) => this.progressed(number, bytes);
        await put(url, blob, { progress, signal });
        this.flying.delete(number);
        this.arrived.add(number);
        this.progressed(null, 0);
        return;
      } catch (error) {
        this.flying.delete(number);
        if (signal.aborted) return;
        if (!(error instanceof PutError)) throw error;
        this.urls.delete(number);
        await mustRead(blob);
        const online = navigator.onLine;
        if (online && attempt >= TRIES) throw error;
        if (!online) attempt = 0;
        this.retried += 1;
        await this.rest(attempt, signal);
      }
    }
  }

  progressed(number, bytes) {
    if (number) this.flying.set(number, bytes);
    this.rate.note(this.sent);
    this.dispatchEvent(new Event("progress"));
  }

  /** Runs an API call until there is an answer: a lost network is waited out. */
  async patiently(act, signal) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await act();
        this.backAtWork(signal);
        return answer;
      } catch (error) {
        const passing =
          error instanceof NetworkError || error.status === 429 || error.status >= 500;
        if (!passing || signal.aborted || (navigator.onLine && attempt >= TRIES)) throw error;
        await this.rest(attempt, signal);
      }
    }
  }

  async rest(attempt, signal) {
    this.rate.reset();
    const offline = !navigator.onLine;
    if (this.state === "pausing") return this.halt();
    if (this.state !== "waiting" && (offline || attempt >= 2)) {
      this.before = this.state;
      this.move("waiting");
    }
    const rested = new AbortController();
    const back = new Promise((done) =>
      window.addEventListener("online", done, { once: true, signal: rested.signal }),
    );
    const most = Math.min(30_000, 500 * 2 ** attempt);
    await Promise.race([wait(most * (0.5 + Math.random() / 2), signal), back]);
    rested.abort();
    if (navigator.onLine) this.backAtWork(signal);
  }

  backAtWork(signal) {
    if (this.state === "waiting" && !signal.aborted) this.move(this.before);
  }

  async urlOf(number, queue) {
    const now = performance.now();
    const held = this.urls.get(number);
    if (held && now - held.at < URL_GOOD_MS) return held.url;
    const numbers = [number, ...queue.slice(0, URLS_AT_ONCE - 1)];
    const { urls } = await api.partUrls(this.id, numbers);
    for (const [key, url] of Object.entries(urls)) this.urls.set(Number(key), { url, at: now });
    return this.urls.get(number).url;
  }

  /** True when the service has taken the file; false when parts are missing after all. */
  async complete(round) {
    const { signal } = this.stopper;
    try {
      await this.patiently(() => api.completeUpload(this.id), signal);
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.code === "parts_missing" && round < ROUNDS)
        return false;
      throw error;
    }
  }
}

/** A part that "failed" may be a file that is gone: reading one byte tells. */
async function mustRead(blob) {
  await blob.slice(0, 1).arrayBuffer();
}

function problemOf(error) {
  if (error instanceof SessionEndedError) return { kind: "session" };
  if (error instanceof NetworkError || error instanceof PutError) return { kind: "network" };
  if (error instanceof ApiError) return { kind: "api", error };
  if (error instanceof DOMException) return { kind: "file" };
  return { kind: "bug", error };
}
