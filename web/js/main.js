// Start, frame, and which screen is shown.

import * as api from "./api.js";
import { fill, focusTitle, h } from "./dom.js";
import { explain } from "./errors.js";
import { setZone } from "./format.js";
import { language, load, preferred, t } from "./i18n.js";
import { company, go, onChange, place } from "./router.js";
import * as session from "./session.js";
import { frame } from "./shell.js";
import { closeDialogs, confirmAction, loading, note, toast } from "./ui.js";

const VIEWS = {
  backups: () => import("./views/backups.js"),
  uploads: () => import("./views/uploads.js"),
  mailboxes: () => import("./views/mailboxes.js"),
  move: () => import("./views/move.js"),
  account: () => import("./views/account.js"),
};

const main = document.getElementById("main");
const app = { me: null, refreshMe, language, switchLanguage, signOut };
let shown = new AbortController(); // aborted when another screen takes the place of this one
let lastAccount = null;

async function refreshMe() {
  app.me = await api.me();
  setZone(app.me.timezone);
  return app.me;
}

async function switchLanguage(wanted) {
  await load(wanted, { remember: true });
  await render();
  if (session.signedIn()) api.setLanguage(wanted).catch(() => null); // notices: at the next switch
}

/** Asks first when that would stop an upload. */
async function signOut() {
  const { anyActive } = await import("./upload/transfers.js");
  if (!anyActive()) return session.signOut();
  return confirmAction({
    title: t("signout.title"),
    text: t("signout.text"),
    label: t("action.sign_out"),
    run: () => void session.signOut(),
  });
}

/** Shows the screen of the current address. */
async function render({ focus = false } = {}) {
  shown.abort();
  shown = new AbortController();
  const { signal } = shown;
  closeDialogs();
  document.title = t("title");
  if (!session.signedIn()) {
    const view = await import("./views/signin.js");
    if (!signal.aborted) {
      frame(app, null);
      view.show(main, { company: company(), done: signedIn, notice: app.notice });
      app.notice = null;
      performance.mark("usable");
    }
    return;
  }
  const [name = "backups", ...rest] = place();
  const known = name in VIEWS ? name : "backups";
  try {
    frame(app, known);
    if (!app.me) fill(main, loading());
    const [view] = await Promise.all([
      name === "uploads" && rest.length ? import("./views/result.js") : VIEWS[known](),
      app.me ?? refreshMe(),
    ]);
    if (signal.aborted) return;
    frame(app, known);
    const screen = h("div"); // its own, so that what comes late is not drawn over a later screen
    fill(main, screen);
    await view.show(screen, app, signal, ...rest);
    if (signal.aborted) return;
    document.title = `${main.querySelector("h1")?.textContent ?? ""} · ${t("title")}`;
    if (focus) focusTitle();
  } catch (error) {
    if (signal.aborted || error instanceof session.SessionEndedError) return;
    fill(
      main,
      note(
        "bad",
        h("p", null, explain(error)),
        h(
          "button",
          { type: "button", class: "button", onclick: () => render() },
          t("action.retry"),
        ),
      ),
    );
  }
}

async function signedIn() {
  app.me = null;
  if (lastAccount) {
    const { sessionBack } = await import("./upload/transfers.js");
    sessionBack(session.email(), lastAccount);
  }
  lastAccount = session.email();
  if (!place().length) history.replaceState(null, "", "#/backups");
  await render({ focus: true });
}

session.onEnded(async (reason) => {
  shown.abort(); // before anything else: the screen must ask nothing more
  lastAccount ??= app.me?.email ?? null;
  app.me = null;
  app.notice = reason === "expired" ? t("signin.expired") : null;
  if (reason !== "expired") {
    const { pauseAll } = await import("./upload/transfers.js");
    pauseAll();
    history.replaceState(null, "", location.pathname);
  }
  render({ focus: true });
});

// A file dropped beside its place would otherwise replace the page, and every upload with it.
for (const name of ["dragover", "drop"]) {
  window.addEventListener(name, (event) => event.preventDefault());
}

// The last resort: nothing goes wrong without a word about it.
window.addEventListener("unhandledrejection", ({ reason }) => {
  if (!(reason instanceof session.SessionEndedError)) toast(explain(reason));
});

onChange(() => render({ focus: true }));

await load(preferred());
if (session.signedIn()) {
  lastAccount = session.email();
  if (!place().length)
    go("backups"); // the change of address renders
  else render();
} else render();
