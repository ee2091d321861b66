// What is shown: signing in, or the frame with the screen of the current address.

import { html, useEffect, useErrorBoundary, useRef, useState } from "../vendor/htm-preact/standalone.mjs";
import * as api from "./api.js";
import { Dialogs } from "./dialogs.js";
import { explain } from "./errors.js";
import { setZone } from "./format.js";
import { Frame } from "./frame.js";
import { NetworkError } from "./http.js";
import { chosen, t } from "./i18n.js";
import { Action, Icon, Loading, Note } from "./parts.js";
import { place } from "./router.js";
import { who } from "./session.js";
import { useValue } from "./store.js";
import { dismiss, focusTitle, toasts } from "./ui.js";
import { SignIn } from "./views/signin.js";

/** The screens, by the first part of the address: each module's `View` takes `{me, refreshMe, rest}`. */
export const VIEWS = {
  backups: () => import("./views/backups.js"),
  uploads: () => import("./views/uploads.js"),
  result: () => import("./views/result.js"),
  mailboxes: () => import("./views/mailboxes.js"),
  move: () => import("./views/move.js"),
  account: () => import("./views/account.js"),
};

/** [screen, what its address says further]. */
function screenOf([first = "backups", ...rest]) {
  if (first === "uploads" && rest.length) return ["result", rest];
  return first in VIEWS && first !== "result" ? [first, rest] : ["backups", []];
}

export function App() {
  useValue(chosen);
  const email = useValue(who);
  return html`${email ? html`<${Signed} key=${email} />` : html`<${SignedOut} />`}
    <${Dialogs} /><${Toasts} />`;
}

function SignedOut() {
  return html`<${Frame} current=${null}><${SignIn} /><//>`;
}

function Signed() {
  const [name, rest] = screenOf(useValue(place));
  const [state, set] = useState({ me: null, error: null });
  const refreshMe = async () => {
    try {
      const me = await api.me();
      setZone(me.timezone);
      set({ me, error: null });
      return me;
    } catch (error) {
      set((held) => ({ ...held, error }));
      throw error;
    }
  };
  useEffect(() => {
    refreshMe().catch(() => null); // shown below
  }, []);
  const { me, error } = state;
  const key = [name, ...rest].join("/");
  return html`<${Frame} current=${name === "result" ? "uploads" : name} me=${me}>
    ${me
      ? html`<${Screen} key=${key} name=${name} rest=${rest} me=${me} refreshMe=${refreshMe} />`
      : error
        ? html`<${Trouble} error=${error} again=${refreshMe} />`
        : html`<${Loading} />`}
  <//>`;
}

let visits = 0;

/** One screen; its code comes when it is first wanted. */
function Screen({ name, ...props }) {
  const [View, setView] = useState(null);
  const [problem, setProblem] = useState(null);
  const [broken, mend] = useErrorBoundary();
  const alive = useRef(true);
  const fetchView = async () => {
    setProblem(null);
    try {
      const module = await VIEWS[name]();
      if (alive.current) setView(() => module.View);
    } catch (error) {
      // Its file did not come: that is the network's doing, and no fault of the page.
      if (alive.current) setProblem(error instanceof TypeError ? new NetworkError() : error);
    }
  };
  useEffect(() => {
    fetchView();
    return () => (alive.current = false);
  }, []);
  useEffect(() => {
    if (!View) return;
    if ((visits += 1) > 1) focusTitle();
    performance.mark("screen");
  }, [View]);
  if (broken) return html`<${Trouble} error=${broken} again=${mend} />`;
  if (problem) return html`<${Trouble} error=${problem} again=${fetchView} />`;
  return View ? html`<${View} ...${props} />` : html`<${Loading} />`;
}

/** A new person signed in, or the same one again: the next screen is not the first. */
export const arriving = () => (visits = 1);

const Trouble = ({ error, again }) =>
  html`<${Note} kind="bad">
    <p>${explain(error)}</p>
    <${Action} run=${again}>${t("action.retry")}<//>
  <//>`;

const Toasts = () =>
  html`<div id="toasts">
    ${useValue(toasts).map(
      (entry) =>
        html`<div class="toast ${entry.kind}" role=${entry.kind === "bad" ? "alert" : undefined}>
          <p>${entry.text}</p>
          <button type="button" class="button quiet icon-only" onclick=${() => dismiss(entry)}>
            <${Icon} name="close" /><span class="hidden-text">${t("action.close")}</span>
          </button>
        </div>`,
    )}
  </div>`;
