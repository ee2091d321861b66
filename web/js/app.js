// What is shown: signing in, or the screens of the account; dialogs and short messages over both.

import { html, useEffect, useState } from "../vendor/htm-preact/standalone.mjs";
import { Frame } from "./frame.js";
import { chosen, t } from "./i18n.js";
import { Icon, Loading } from "./parts.js";
import { who } from "./session.js";
import { useValue } from "./store.js";
import { dialogs, dismiss, toasts } from "./ui.js";
import { SignIn } from "./views/signin.js";

export function App() {
  useValue(chosen);
  const email = useValue(who);
  const open = useValue(dialogs);
  useEffect(() => void document.body.classList.toggle("behind", open.length > 0), [open.length > 0]);
  return html`${email
      ? html`<${Later} key=${email} load=${() => import("./signed.js")} name="Signed">
          <${Frame}><${Loading} /><//>
        <//>`
      : html`<${Frame}><${SignIn} /><//>`}
    ${open.length > 0 && html`<${Later} load=${() => import("./dialogs.js")} name="Dialogs" />`}
    <${Toasts} />`;
}

/** A component whose code comes when it is first wanted, its children meanwhile: signing in needs
 *  little. */
function Later({ load, name, children }) {
  const [Part, setPart] = useState(null);
  const [again, setAgain] = useState(0);
  useEffect(() => {
    load().then(
      (module) => setPart(() => module[name]),
      () => setTimeout(() => setAgain(again + 1), 2_000), // no network at this very moment
    );
  }, [again]);
  return Part ? html`<${Part} />` : children;
}

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
