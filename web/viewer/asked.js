// Questions to a worker, each with its answer.

/** `make()` answers a new Worker. Questions are asked by `ask`; `patience`: milliseconds until one
 *  counts as unanswerable, which ends the worker: the next question gets another. */
export class Asked {
  constructor(make, patience = null) {
    this.make = make;
    this.patience = patience;
    this.worker = null;
    this.waiting = new Map();
    this.next = 0;
  }

  /** The answer to `{call, ...given}`. Raises Error with the worker's own word for what went wrong,
   *  or "too_long". */
  ask(call, given = {}) {
    this.worker ??= this.begin();
    return new Promise((done, failed) => {
      const id = (this.next += 1);
      const timer = this.patience && setTimeout(() => this.end("too_long"), this.patience);
      this.waiting.set(id, { done, failed, timer });
      this.worker.postMessage({ id, call, ...given });
    });
  }

  begin() {
    const worker = this.make();
    worker.onmessage = ({ data: { id, answer, error } }) => {
      const asked = this.waiting.get(id);
      this.waiting.delete(id);
      clearTimeout(asked.timer);
      if (error === undefined) asked.done(answer);
      else asked.failed(new Error(error));
    };
    worker.onerror = (event) => this.end(event.message || "no_worker");
    return worker;
  }

  /** Ends the worker; whoever waits hears `why`. */
  end(why = "ended") {
    this.worker?.terminate();
    this.worker = null;
    for (const { failed, timer } of this.waiting.values()) {
      clearTimeout(timer);
      failed(new Error(why));
    }
    this.waiting.clear();
  }
}
