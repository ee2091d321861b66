// Who is signed in. The tokens live in sessionStorage, or in localStorage when the person asked to
// stay signed in; the id token is renewed a minute before it ends, once for all callers.

import { ApiError, request } from "./http.js";
import { Value } from "./store.js";

const KEY = "pyeonji.session";
const EARLY_MS = 60_000;

let current = read();
let renewing = null;
/** The address of who is signed in, or null. */
export const who = new Value(current?.email ?? null);
const listeners = new Set();

/** The session has ended and the person must sign in again. */
export class SessionEndedError extends Error {
  constructor() {
    super("session ended");
    this.name = "SessionEndedError";
  }
}

function read() {
  for (const store of [sessionStorage, localStorage]) {
    try {
      const found = JSON.parse(store.getItem(KEY) ?? "null");
      if (found?.refresh_token) return found;
    } catch {
      store.removeItem(KEY); // written by something else: not a session
    }
  }
  return null;
}

function write(session) {
  sessionStorage.removeItem(KEY);
  localStorage.removeItem(KEY);
  current = session;
  if (session) (session.keep ? localStorage : sessionStorage).setItem(KEY, JSON.stringify(session));
  if (who.value !== (session?.email ?? null)) who.set(session?.email ?? null);
}

export const email = () => who.value;
/** Cognito's own token of the same session: what concerns the second factor wants it beside the
 *  id token. */
export const accessToken = () => current?.access_token ?? null;

/** `listener(reason)` is called before the screens learn that the session ended: "expired",
 *  "signed_out" or "elsewhere". */
export function onEnded(listener) {
  listeners.add(listener);
}

let begun = false;
/** Whether somebody has signed in since the page was loaded. */
export const arrived = () => begun;

/** Remembers the tokens of `POST /session` (or `/session/totp`). */
export function begin(address, tokens, keep) {
  begun = true;
  write({ email: address, keep, ...timed(tokens) });
}

function timed(tokens) {
  const { expires_in: seconds, ...rest } = tokens;
  return { ...rest, expires_at: Date.now() + seconds * 1000 };
}

export function end(reason) {
  if (!current) return;
  for (const listener of listeners) listener(reason);
  write(null);
}

/** An id token that is good for at least another minute. Raises SessionEndedError. */
export async function token({ fresh = false } = {}) {
  if (!current) throw new SessionEndedError();
  if (fresh || Date.now() > current.expires_at - EARLY_MS) {
    renewing ??= renew().finally(() => (renewing = null));
    await renewing;
  }
  if (!current) throw new SessionEndedError();
  return current.id_token;
}

async function renew() {
  try {
    const body = { refresh_token: current.refresh_token };
    const tokens = await request("POST", "/session/refresh", { body });
    if (current) write({ ...current, ...timed(tokens) });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status >= 500 || error.status === 429) throw error;
    end("expired"); // refused for good; a lost network is no reason to sign anybody out
  }
}

/** Signs out here and makes the refresh token worthless. Works without a network, too. */
export async function signOut() {
  const refresh = current?.refresh_token;
  end("signed_out");
  if (!refresh) return;
  try {
    await request("DELETE", "/session", { body: { refresh_token: refresh } });
  } catch {
    return; // signed out on this device in any case; the token ends by itself
  }
}

// Another tab signed out (or in as someone else): this one must not go on under the old name.
window.addEventListener("storage", (event) => {
  if (event.key !== KEY || event.storageArea !== localStorage || !current?.keep) return;
  const found = read();
  if (!found || found.email !== current.email) {
    current = null;
    for (const listener of listeners) listener("elsewhere");
    who.set(null);
  } else current = found;
});
