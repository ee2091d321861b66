// What the account should know at the top of a screen: why it cannot back up or upload yet, what to
// do and who does it; that notices come back.

import { html } from "../../vendor/htm-preact/standalone.mjs";
import { t } from "../i18n.js";
import { Note } from "../parts.js";

export function Standing({ me }) {
  const why = me.mail_not_ready_reason ?? "mail_not_set_up";
  return html`${me.notices === "bounced" &&
  html`<${Note} kind="warn"><p>${t("notices.bounced", { email: me.email })}</p><//>`}
  ${!me.mail_ready &&
  html`<${Note} kind="warn">
    <h2>${t(`notready.${why}.title`)}</h2>
    <p>${t(`notready.${why}.text`, { company: me.company.name, domain: me.company.domain })}</p>
    <p class="soft">${t(`notready.${why}.who`)}</p>
  <//>`}`;
}
