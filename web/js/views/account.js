// One's own account: the second factor, and what applies to it.

import { html } from "../../vendor/htm-preact/standalone.mjs";
import { bytes } from "../format.js";
import { t } from "../i18n.js";
import { Action, Badge, Name, PageHead } from "../parts.js";
import { announce } from "../ui.js";
import { Standing } from "./notready.js";

export const View = ({ me, refreshMe }) =>
  html`<${PageHead} title=${t("account.title")} lead=${html`<${Name} text=${me.email} />`} />
    <${Standing} me=${me} />
    <${SecondFactor} me=${me} refreshMe=${refreshMe} />
    <${Limits} me=${me} />`;

function SecondFactor({ me, refreshMe }) {
  const on = me.totp_enabled;
  const begin = async () => {
    const { enrol } = await import("./totp.js");
    if (!(await enrol())) return;
    await refreshMe();
    announce(t("totp.done"));
  };
  return html`<section class="sheet padded">
    <div class="section-head">
      <h2>${t("totp.title")}</h2>
      <${Badge} kind=${on ? "good" : "plain"}>${t(on ? "totp.on" : "totp.off")}<//>
      ${!on && html`<${Action} kind="primary" what="enrol" run=${begin}>${t("totp.begin")}<//>`}
    </div>
    <p>${t(on ? "totp.on_text" : "totp.off_text")}</p>
  </section>`;
}

function Limits({ me: { limits: held, timezone, company } }) {
  const rows = [
    [t("account.company"), html`<${Name} text=${`${company.name} (${company.domain})`} />`],
    [t("account.backups"), t("backups.slots", { used: held.used_backups, limit: held.max_backups })],
    [t("account.volume"), bytes(held.volume_bytes)],
    [t("account.days"), t("days", { n: held.download_days })],
    [t("account.upload"), t("account.upload_below", { size: bytes(held.upload_limit_bytes) })],
    [t("account.zone"), timezone],
  ];
  return html`<section class="sheet padded">
    <h2>${t("account.limits")}</h2>
    <dl class="facts">
      ${rows.map(([name, value]) => [html`<dt>${name}</dt>`, html`<dd>${value}</dd>`])}
    </dl>
  </section>`;
}
