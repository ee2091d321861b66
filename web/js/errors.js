// Every error as a sentence with a next step.

import { ApiError, NetworkError } from "./http.js";
import { t, words } from "./i18n.js";
import { SessionEndedError } from "./session.js";

/** What the person typed cannot be right: the message names the next step. `field`: the id of the
 *  input it is about. */
export class Mistake extends Error {
  constructor(message, field = null) {
    super(message);
    this.name = "Mistake";
    this.field = field;
  }
}

/** What to tell a person about `error`. A bug is shown as one, and is left in the console. */
export function explain(error) {
  if (error instanceof Mistake) return error.message;
  if (error instanceof NetworkError) return t(error.late ? "error.late" : "error.network");
  if (error instanceof SessionEndedError) return t("error.session_expired");
  if (error instanceof ApiError) return explainApi(error);
  console.error(error);
  return t("error.page");
}

function explainApi({ code, detail, status, field, problem }) {
  // The service names its own field there, which is nothing for a sentence to a person.
  if (code === "invalid_request") return words("error.problem", problem, words("error.field", field, t("error.invalid")));
  if (detail) return detail; // in our language, and it knows which backup, which day
  const known = words("error", code, words("failure", code, null));
  if (known) return known;
  if (status >= 500) return t("error.service"); // something in front of the service answered
  return words("error.status", String(status), t("error.refused"));
}

/** A failure as the API gives it: `{code, detail}` or the bare code. */
export function explainFailure(failure, kind) {
  const code = typeof failure === "string" ? failure : failure?.code;
  const fallback = failure?.detail ?? t(`failure.${kind}`);
  return words(`failure.${kind}`, code, words("failure", code, fallback));
}
