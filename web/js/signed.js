// Somebody is signed in: the tabs, the account's menu, and the screen of the current address.

import { html, useEffect, useErrorBoundary, useLayoutEffect, useRef, useState } from "../vendor/htm-preact/standalone.mjs";
import * as api from "./api.js";
import { confirmAction } from "./dialogs.js";
import { explain } from "./errors.js";
import { percent, setZone } from "./format.js";
import { Frame, Languages } from "./frame.js";
import { NetworkError } from "./http.js";
import { t } from "./i18n.js";
import { Action, Icon, Loading, Menu, Name, Note, screenTitle } from "./parts.js";
import { address, go, place } from "./router.js";
import * as session from "./session.js";
import { useValue } from "./store.js";
import { focusTitle, sending } from "./ui.js";

const TABS = ["backups", "uploads", "mailboxes", "move"];

/** The screens, by the first part of the address: each module's `View` takes `{me, refreshMe, rest}`. */
export const VIEWS = {
  backups: () => import("./views/backups.js"),
  uploads: () => import("./views/uploads.js"),
  result: () => import("./views/result.js"),
  mailboxes: () => import("./views/mailboxes.js"),
  mails: () => import("./views/mails.js"),
  search: () => import("./views/search.js"),
  look: () => import("./views/look.js"),
  move: () => import("./views/move.js"),
  account: () => import("./views/account.js"),
};

/** Screens of one thing of a list. */
const BELOW = { uploads: "result", mailboxes: "mails" };
const HIDDEN = new Set(Object.values(BELOW));
const TAB_OF = { result: "uploads", mails: "mailboxes", look: "backups" };

/** [screen, what its address says further]. */
function screenOf([first = "backups", ...rest]) {
  if (rest.length && first in BELOW) return [BELOW[first], rest];
  return first in VIEWS && !HIDDEN.has(first) ? [first, rest] : ["backups", []];
}

export function Signed() {
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
  const key = [name, rest[0]].join("/"); // a mail that is opened leaves its list standing
  const query = name === "search" ? (rest[0] ?? "") : "";
  const bar = html`<${Tabs} current=${TAB_OF[name] ?? name} /><${Search} key=${query} query=${query} /><${Account} />`;
  return html`<${Frame} me=${me} bar=${bar}>
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
  // With the screen itself, not after it: whoever has begun to type keeps the focus.
  useLayoutEffect(() => {
    if (!View) return;
    if ((visits += 1) > 1 || session.arrived()) focusTitle();
    performance.mark("screen");
  }, [View]);
  if (broken) return html`<${Trouble} error=${broken} again=${mend} />`;
  if (problem) return html`<${Trouble} error=${problem} again=${fetchView} />`;
  return View ? html`<${View} ...${props} />` : html`<${Loading} />`;
}

const Trouble = ({ error, again }) =>
  html`<${Note} kind="bad">
    <p>${explain(error)}</p>
    <${Action} run=${again}>${t("action.retry")}<//>
  <//>`;

function Tabs({ current }) {
  const part = useValue(sending);
  useEffect(() => screenTitle(undefined, part === null ? "" : `${percent(part)} · `), [part]);
  return html`<nav class="tabs" aria-label=${t("tabs")}>
    <ul>
      ${TABS.map(
        (name) =>
          html`<li>
            <a href=${address(name)} aria-current=${name === current ? "page" : undefined}>
              ${t(`tab.${name}`)}
              ${name === "uploads" &&
              part !== null &&
              html`<span class="tab-part" aria-hidden="true">${percent(part)}</span>`}
            </a>
          </li>`,
      )}
    </ul>
  </nav>`;
}

/** The field that finds mails; "/" leads to it. */
function Search({ query }) {
  const field = useRef(null);
  useLayoutEffect(() => {
    const press = (event) => {
      const typing = event.target.closest?.("input, select, textarea, dialog");
      if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      field.current.select();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
  const send = (event) => {
    event.preventDefault();
    const wanted = field.current.value.trim();
    go(...(wanted ? ["search", wanted] : ["search"]));
  };
  return html`<form class="search" role="search" onsubmit=${send}>
    <${Icon} name="find" />
    <input
      type="search"
      id="search"
      ref=${field}
      maxlength="500"
      value=${query}
      placeholder=${t("search.field")}
      aria-label=${t("search.field")}
      aria-keyshortcuts="/"
    />
  </form>`;
}

function Account() {
  const email = session.email() ?? "";
  const face = html`<span class="avatar" aria-hidden="true">${email.slice(0, 1).toUpperCase()}</span>`;
  return html`<${Menu} label=${t("account.menu")} what="account-menu" face=${face} kind="quiet avatar-button">
    <p class="menu-head"><${Name} text=${email} /></p>
    <a class="menu-item" href=${address("account")} data-do="account">
      <${Icon} name="person" />${t("account.title")}
    </a>
    <div class="menu-line"><${Languages} /></div>
    <${Action} kind="menu-item" what="sign-out" run=${signOut}>${t("action.sign_out")}<//>
  <//>`;
}

/** Asks first when that would stop an upload. */
async function signOut() {
  if (sending.value === null) return session.signOut();
  return confirmAction({
    title: t("signout.title"),
    text: t("signout.text"),
    label: t("action.sign_out"),
    run: () => void session.signOut(),
  });
}
