// A new mailbox.

import { html, useState } from "../../vendor/htm-preact/standalone.mjs";
import * as api from "../api.js";
import { Dialog } from "../dialogs.js";
import { Mistake } from "../errors.js";
import { t } from "../i18n.js";
import { Field } from "../parts.js";
import { openDialog } from "../ui.js";

/** Asks for a name and makes the mailbox. Answers it, or undefined. */
export const newMailbox = () => openDialog((close) => html`<${NewMailbox} close=${close} />`);

function NewMailbox({ close }) {
  const [path, setPath] = useState("");
  const send = async () => {
    const wanted = path.trim().replace(/\s*\/\s*/g, "/");
    if (!wanted) throw new Mistake(t("mailbox.need_name"), "mailbox-path");
    close(await api.createMailbox(wanted));
  };
  return html`<${Dialog} title=${t("mailbox.new")} label=${t("mailbox.make")} close=${close} send=${send}>
    <${Field} id="mailbox-path" label=${t("mailbox.path")} hint=${t("mailbox.hint")}>
      <input
        id="mailbox-path"
        type="text"
        maxlength="200"
        autocomplete="off"
        aria-describedby="mailbox-path-hint"
        value=${path}
        oninput=${(event) => setPath(event.target.value)}
      />
    <//>
  <//>`;
}
