// The frame around every screen: one row with the company, the tabs and the account.

import { html, useEffect, useState } from "../vendor/htm-preact/standalone.mjs";
import * as api from "./api.js";
import { confirmAction } from "./dialogs.js";
import { percent } from "./format.js";
import { language, load, t } from "./i18n.js";
import { Action, Hidden, Icon, Menu, Name, screenTitle } from "./parts.js";
import { address, home } from "./router.js";
import * as session from "./session.js";
import { useValue } from "./store.js";
import { complain, focusTitle, sending } from "./ui.js";

const TABS = ["backups", "uploads", "mailboxes", "move"];

/** `current`: the tab that is shown, null while nobody is signed in; `me`: null until it is known. */
export const Frame = ({ current, me, children }) =>
  html`<div class="page ${current ? "" : "signed-out"}">
    <header class="top">
      <button type="button" class="skip" onclick=${focusTitle}>${t("skip")}</button>
      <div class="bar">
        <a class="brand" href=${current ? address("backups") : home()}>
          <span class="stamp" aria-hidden="true">편</span>
          <span class="brand-name">${me ? html`<${Name} text=${me.company.name} />` : t("brand")}</span>
        </a>
        ${current ? html`<${Tabs} current=${current} /><${Account} />` : html`<${Languages} />`}
      </div>
    </header>
    <${Network} />
    <main>${children}</main>
    <footer><p>${t("footer")}</p></footer>
  </div>`;

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

const Languages = () =>
  html`<div class="languages" role="group" aria-label=${t("language")}>
    ${[
      ["ko", "한국어"],
      ["en", "English"],
    ].map(
      ([code, name]) =>
        html`<button
          type="button"
          lang=${code}
          class="language"
          data-do="language-${code}"
          aria-pressed=${String(language() === code)}
          onclick=${() => switchLanguage(code).catch(complain)}
        >
          ${name}
        </button>`,
    )}
  </div>`;

async function switchLanguage(wanted) {
  await load(wanted, { remember: true });
  if (session.email()) api.setLanguage(wanted).catch(() => null); // notices: at the next switch
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

function Network() {
  const [online, set] = useState(navigator.onLine);
  useEffect(() => {
    const look = () => set(navigator.onLine);
    window.addEventListener("online", look);
    window.addEventListener("offline", look);
    return () => {
      window.removeEventListener("online", look);
      window.removeEventListener("offline", look);
    };
  }, []);
  return html`<div class="network" role="status">${online ? "" : t("offline")}</div>`;
}
