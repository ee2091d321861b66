// One's own account: how one signs in, the notices, the devices, and what applies to it.

import { html, useState } from "../../vendor/htm-preact/standalone.mjs";
import * as api from "../api.js";
import { confirmAction } from "../dialogs.js";
import { bytes } from "../format.js";
import { t } from "../i18n.js";
import { Action, Badge, Check, Name, PageHead } from "../parts.js";
import { end } from "../session.js";
import { announce, complain } from "../ui.js";
import { Home } from "./home.js";
import { Standing } from "./notready.js";
import { Schedule } from "./schedule.js";

export const View = ({ me, refreshMe }) =>
  html`<${PageHead} title=${t("account.title")} lead=${html`<${Name} text=${me.email} />`} />
    <${Standing} me=${me} />
    ${me.home?.kind === "imap" && html`<${Home} me=${me} />`}
    ${me.mail_ready && html`<${Schedule} me=${me} />`}
    <${SecondFactor} me=${me} refreshMe=${refreshMe} />
    <${Notices} me=${me} refreshMe=${refreshMe} />
    <${Devices} />
    <${Limits} me=${me} />`;

function SecondFactor({ me, refreshMe }) {
  const on = me.totp_enabled;
  const change = (verb) => async () => {
    const verbs = await import("./totp.js");
    if (!(await verbs[verb]())) return;
    await refreshMe();
    announce(t(`totp.done_${verb}`));
  };
  return html`<section class="sheet padded">
    <div class="section-head">
      <h2>${t("totp.title")}</h2>
      <${Badge} kind=${on ? "good" : "plain"}>${t(on ? "totp.on" : "totp.off")}<//>
    </div>
    <p>${t(on ? "totp.on_text" : "totp.off_text")}</p>
    ${on && html`<p class="soft">${t("totp.codes_left", { n: me.recovery_codes_left ?? 0 })}</p>`}
    <div class="section-actions">
      ${on
        ? html`<${Action} what="renew-codes" run=${change("renew")}>${t("totp.renew")}<//>
            <${Action} kind="quiet" what="end-factor" run=${change("disable")}>${t("totp.end")}<//>`
        : html`<${Action} kind="primary" what="enrol" run=${change("enrol")}>${t("totp.begin")}<//>`}
    </div>
  </section>`;
}

function Notices({ me, refreshMe }) {
  const [on, setOn] = useState(me.notices === "on");
  const change = async (event) => {
    const wanted = event.target.checked;
    setOn(wanted);
    try {
      await api.setNotices(wanted);
      await refreshMe();
      announce(t(wanted ? "notices.on" : "notices.off"));
    } catch (error) {
      setOn(!wanted);
      complain(error);
    }
  };
  return html`<section class="sheet padded">
    <h2>${t("notices.title")}</h2>
    <${Check} id="notices" checked=${on} onchange=${change}>${t("notices.label")}<//>
    <p class="soft">${t("notices.text")}</p>
  </section>`;
}

function Devices() {
  const out = () =>
    confirmAction({
      title: t("devices.title"),
      text: t("devices.confirm"),
      label: t("devices.end"),
      async run() {
        await api.endSessions();
        end("signed_out");
      },
    });
  return html`<section class="sheet padded">
    <h2>${t("devices.heading")}</h2>
    <p class="soft">${t("devices.text")}</p>
    <div class="section-actions">
      <${Action} what="end-sessions" run=${out}>${t("devices.end")}<//>
    </div>
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
