// The calls of the HTTP contract, one function each.

import { ApiError, NetworkError, request } from "./http.js";
import * as session from "./session.js";

const RETRIES = 2;
const READ_PATIENCE_MS = 15_000; // a hung service must be said before people have left
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** A call with the session's token (and Cognito's, where it is about the account's `own` security).
 *  A 401 renews the token once; a read is tried again when the network hiccups or what stands in
 *  front of the service fails, but not when nothing answers at all; a write never is (it may have
 *  happened). */
async function call(method, path, body, { signal, own = false } = {}) {
  const patience = method === "GET" ? READ_PATIENCE_MS : undefined;
  let renewed = false;
  for (let attempt = 0; ; attempt += 1) {
    try {
      const token = await session.token({ fresh: renewed });
      const access = own ? session.accessToken() : null;
      return await request(method, path, { body, token, access, signal, patience });
    } catch (error) {
      if (signal?.aborted) throw error;
      if (error instanceof ApiError && error.status === 401) {
        if (renewed) {
          session.end("expired");
          throw new session.SessionEndedError();
        }
        renewed = true;
        continue;
      }
      const dropped = error instanceof NetworkError && !error.late;
      const passing = dropped || (error.status >= 502 && error.status <= 504);
      if (method !== "GET" || !passing || attempt >= RETRIES || !navigator.onLine) throw error;
      await pause(300 * 3 ** attempt);
    }
  }
}

const id = encodeURIComponent;
const query = (fields) => {
  const given = Object.entries(fields).filter(([, value]) => value);
  return given.length ? `?${new URLSearchParams(given)}` : "";
};

// Signing in needs no token.
export const signIn = (email, password) =>
  request("POST", "/session", { body: { email, password } });
export const signInCode = (email, challenge, code) =>
  request("POST", "/session/totp", { body: { email, session: challenge, code } });
export const signInRecovery = (email, password, code) =>
  request("POST", "/session/recovery", { body: { email, password, code } });
export const setFirstPassword = (email, challenge, password) =>
  request("POST", "/session/new-password", { body: { email, session: challenge, password } });

export const me = () => call("GET", "/me", undefined, { own: true });
export const setLanguage = (language) => call("PUT", "/me", { language }, { own: true });
export const setNotices = (on) => call("PUT", "/me", { notices: on ? "on" : "off" }, { own: true });
export const endSessions = () => call("DELETE", "/me/sessions", undefined, { own: true });
export const endTotp = (proof) => call("DELETE", "/me/totp", proof, { own: true });
export const renewRecoveryCodes = (proof) =>
  call("POST", "/me/recovery-codes", proof, { own: true });
export const startTotp = () => call("POST", "/me/totp", {}, { own: true });
export const confirmTotp = (code) => call("POST", "/me/totp/confirm", { code }, { own: true });

export const schedule = () => call("GET", "/schedule");
export const setSchedule = (body) => call("PUT", "/schedule", body);
export const endSchedule = () => call("DELETE", "/schedule");
export const sync = () => call("POST", "/sync", {});

export const mailboxes = () => call("GET", "/mailboxes");
export const createMailbox = (path) => call("POST", "/mailboxes", { path });
export const deleteMailbox = (key) => call("DELETE", `/mailboxes/${id(key)}`);

export const mails = (mailbox, after) =>
  call("GET", `/mailboxes/${id(mailbox)}/messages${query({ after })}`);
export const mail = (mailbox, key) => call("GET", `/mailboxes/${id(mailbox)}/messages/${id(key)}`);
export const emlUrl = (mailbox, key) =>
  call("GET", `/mailboxes/${id(mailbox)}/messages/${id(key)}/eml`);
export const search = (q, after) => call("GET", `/search${query({ q, after })}`);

export const estimate = (body, signal) => call("POST", "/backups/estimate", body, { signal });
export const requestBackup = (body) => call("POST", "/backups", body);
export const backups = (after) => call("GET", `/backups${query({ after })}`);
export const cancelBackup = (key) => call("POST", `/backups/${id(key)}/cancel`);
export const deleteBackup = (key) => call("DELETE", `/backups/${id(key)}`);
export const backup = (key) => call("GET", `/backups/${id(key)}`);
export const restoreBackup = (key, volumes) =>
  call("POST", `/backups/${id(key)}/restore`, { volumes });
export const volumeUrl = (key, number) => call("GET", `/backups/${id(key)}/volumes/${number}/url`);

export const createUpload = (body) => call("POST", "/uploads", body);
export const partUrls = (key, numbers) => call("POST", `/uploads/${id(key)}/parts`, { numbers });
export const arrivedParts = (key) => call("GET", `/uploads/${id(key)}/parts`);
export const completeUpload = (key) => call("POST", `/uploads/${id(key)}/complete`);
export const uploads = (after) => call("GET", `/uploads${query({ after })}`);
export const upload = (key) => call("GET", `/uploads/${id(key)}`);
export const entries = (key, outcome, after) =>
  call("GET", `/uploads/${id(key)}/entries${query({ outcome, after })}`);
export const ledger = (key) => call("GET", `/uploads/${id(key)}/ledger`);
export const undoUpload = (key) => call("POST", `/uploads/${id(key)}/undo`);
export const retryUpload = (key) => call("POST", `/uploads/${id(key)}/retry`);
export const deleteUpload = (key) => call("DELETE", `/uploads/${id(key)}`);
