// The frame around every screen: one row with the company, the tabs and the account.

import { html, useEffect, useState } from "../vendor/htm-preact/standalone.mjs";
import * as api from "./api.js";
import { language, load, t } from "./i18n.js";
import { Name } from "./parts.js";
import { address, home } from "./router.js";
import * as session from "./session.js";
import { complain, focusTitle } from "./ui.js";

/** `me`: null until it is known who is signed in; `bar`: what stands in the row beside the name, the
 *  choice of language while nobody is. */
export const Frame = ({ me, bar, children }) =>
  html`<div class="page">
    <header class="top">
      <button type="button" class="skip" onclick=${focusTitle}>${t("skip")}</button>
      <div class="bar">
        <a class="brand" href=${bar ? address("backups") : home()}>
          <span class="stamp" aria-hidden="true">편</span>
          <span class="brand-name">${me ? html`<${Name} text=${me.company.name} />` : t("brand")}</span>
        </a>
        ${bar ?? html`<${Languages} />`}
      </div>
    </header>
    <${Network} />
    <main>${children}</main>
    <footer><p>${t("footer")}</p></footer>
  </div>`;

export const Languages = () =>
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
