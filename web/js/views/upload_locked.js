// A ZIP with a password in the dialog before an upload: it is opened here, on this computer.

import { html, useState } from "../../vendor/htm-preact/standalone.mjs";
import { Mistake } from "../errors.js";
import { t } from "../i18n.js";
import { Action } from "../parts.js";
import { PasswordError, unlock } from "../zip/locked.js";

let counter = 0;

/** `opened(files)` takes `[{file, path}]`, what the file of `item` holds. */
export function Locked({ item: { file }, opened }) {
  const [id] = useState(() => `locked-${(counter += 1)}`);
  const [password, setPassword] = useState("");
  const [done, setDone] = useState(null);
  const open = async () => {
    if (!password) throw new Mistake(t("locked.need"), id);
    try {
      const files = await unlock(file, password, (n, total) => setDone({ n, total }));
      await opened(files);
    } catch (error) {
      if (error instanceof PasswordError) throw new Mistake(t("locked.wrong"), id);
      throw error instanceof Mistake ? error : new Mistake(t("locked.unreadable"), id);
    } finally {
      setDone(null);
    }
  };
  const key = (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // not the whole dialog
    event.currentTarget.parentNode.querySelector("button").click();
  };
  return html`<div class="field">
    <label for=${id}>${t("locked.label")}</label>
    <div class="joined">
      <input
        type="password"
        id=${id}
        autocomplete="off"
        aria-describedby="${id}-text"
        value=${password}
        oninput=${(event) => setPassword(event.target.value)}
        onkeydown=${key}
      />
      <${Action} what="unlock" run=${open}>${t("locked.open")}<//>
    </div>
    <p class="soft" id="${id}-text" role="status">${done ? t("locked.opening", done) : t("locked.text")}</p>
  </div>`;
}
