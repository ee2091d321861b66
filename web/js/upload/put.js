// One part to S3. XMLHttpRequest because fetch tells nothing of the progress of what it sends; the
// body is a slice of the file, which the browser streams from disk.

const STALL_MS = 60_000; // without a byte leaving
const ANSWER_MS = 5 * 60_000; // after the last byte: a proxy may pass the whole part on only then

/** A part did not arrive. `status` 0: no answer. */
export class PutError extends Error {
  constructor(status) {
    super(`part refused with ${status}`);
    this.name = "PutError";
    this.status = status;
  }
}

/** Sends `blob` to `url`; `progress(bytes)` as it goes. `signal` aborts it. */
export function put(url, blob, { progress, signal }) {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    let stall = null;
    const watch = (patience) => {
      clearTimeout(stall);
      stall = setTimeout(() => request.abort(), patience);
    };
    const stop = () => request.abort();
    const settle = () => {
      clearTimeout(stall);
      signal.removeEventListener("abort", stop);
      const { status } = request;
      if (status >= 200 && status < 300) done();
      else fail(new PutError(status));
    };
    request.open("PUT", url);
    request.upload.onprogress = (event) => {
      watch(event.loaded < blob.size ? STALL_MS : ANSWER_MS);
      progress(event.loaded);
    };
    request.onloadend = settle;
    signal.addEventListener("abort", stop, { once: true });
    watch(STALL_MS);
    request.send(blob);
  });
}
