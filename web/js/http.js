// One request, and what can go wrong with it. Knows nothing of sessions.

import { language } from "./i18n.js";

const TIMEOUT_MS = 30_000; // API Gateway itself gives up after 29 s

/** The service answered, but not with what was asked for (RFC 9457 problem). */
export class ApiError extends Error {
  constructor(status, problem) {
    super(problem.code ?? `status ${status}`);
    this.name = "ApiError";
    this.status = status;
    this.code = problem.code ?? null;
    this.detail = problem.detail ?? null;
    this.problem = problem;
  }
}

/** No answer: no network, a timeout, a dropped connection. */
export class NetworkError extends Error {
  constructor() {
    super("no answer");
    this.name = "NetworkError";
  }
}

/** Sends one request to the API of this origin and answers the parsed JSON (null when empty). */
export async function request(method, path, { body, token, access, signal } = {}) {
  const clock = new AbortController();
  const timer = setTimeout(() => clock.abort(), TIMEOUT_MS);
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
    throw new NetworkError();
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
