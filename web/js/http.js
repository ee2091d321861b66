// One request, and what can go wrong with it. Knows nothing of sessions.

import { language } from "./i18n.js";

const PATIENCE_MS = 30_000; // API Gateway itself gives up after 29 s

/** The service answered, but not with what was asked for (RFC 9457 problem). */
export class ApiError extends Error {
  constructor(status, problem) {
    super(problem.code ?? `status ${status}`);
    this.name = "ApiError";
    this.status = status;
    this.code = problem.code ?? null;
    this.detail = problem.detail ?? null;
    this.field = problem.field ?? null;
    this.problem = problem.problem ?? null;
  }
}

/** No answer. `late`: there was a connection, and nothing came in time. */
export class NetworkError extends Error {
  constructor(late = false) {
    super(late ? "no answer in time" : "no answer");
    this.name = "NetworkError";
    this.late = late;
  }
}

/** Sends one request to the API of this origin and answers the parsed JSON (null when empty).
 *  `patience`: milliseconds until it counts as unanswered. Raises ApiError, NetworkError. */
export async function request(method, path, options = {}) {
  const { body, token, access, signal, patience = PATIENCE_MS } = options;
  const clock = new AbortController();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    clock.abort();
  }, patience);
  signal?.addEventListener("abort", () => clock.abort(), { once: true });
  const headers = { Accept: "application/json", "Accept-Language": language() };
  if (token) headers.Authorization = token;
  if (access) headers["X-Access-Token"] = access;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  try {
    const answer = await fetch(`/api${path}`, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: clock.signal,
      cache: "no-store",
      credentials: "omit",
    });
    const parsed = await parse(answer);
    if (!answer.ok) throw new ApiError(answer.status, parsed ?? {});
    return parsed;
  } catch (error) {
    if (error instanceof ApiError || signal?.aborted) throw error;
    throw new NetworkError(late);
  } finally {
    clearTimeout(timer);
  }
}

async function parse(answer) {
  const text = await answer.text();
  if (!text) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null; // an error page of something in between: the status says enough
  }
}
