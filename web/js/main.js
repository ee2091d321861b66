// Start: the language, who is signed in, and what happens when that changes.

import { html, render } from "../vendor/htm-preact/standalone.mjs";
import { App } from "./app.js";
import { explain } from "./errors.js";
import { load, t } from "./i18n.js";
import { preferred } from "./languages.js";
import { home, place, replace } from "./router.js";
import * as session from "./session.js";
import { closeDialogs, toast } from "./ui.js";
import { signInNotice } from "./views/signin.js";

let lastAccount = session.email();

session.onEnded(async (reason) => {
  lastAccount = session.email() ?? lastAccount;
  closeDialogs();
  signInNotice.set(reason === "expired" ? t("signin.expired") : null);
  if (reason === "expired") return; // and signing in again leads back here
  replace(home());
  const { pauseAll } = await import("./upload/transfers.js");
  pauseAll();
});

session.who.listen(async (email) => {
  if (!email) return;
  if (!place.value.length) replace("#/backups");
  if (lastAccount) {
    const { sessionBack } = await import("./upload/transfers.js");
    sessionBack(email, lastAccount);
  }
  lastAccount = email;
});

place.listen(closeDialogs);

// A file dropped beside its place would otherwise replace the page, and every upload with it.
for (const name of ["dragover", "drop"]) {
  window.addEventListener(name, (event) => event.preventDefault());
}

// The last resort: nothing goes wrong without a word about it.
window.addEventListener("unhandledrejection", ({ reason }) => {
  if (!(reason instanceof session.SessionEndedError)) toast(explain(reason), "bad");
});

if (session.email()) import("./signed.js").catch(() => null); // beside the words; asked for again below
await load(preferred());
if (session.email() && !place.value.length) replace("#/backups");
render(html`<${App} />`, document.getElementById("app"));
performance.mark("usable");

// What the first screen can do without: the other screens, while there is a network to fetch them
// with, and the syllables that only names hold.
async function rest() {
  const sheet = document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.href = "/css/fonts-names.css";
  document.head.append(sheet);
  const { VIEWS } = await import("./signed.js");
  await Promise.allSettled(Object.values(VIEWS).map((fetchView) => fetchView()));
}

const idle = window.requestIdleCallback ?? ((act) => setTimeout(act, 2_000));
window.addEventListener("load", () => setTimeout(() => idle(() => rest().catch(() => null)), 1_500));
