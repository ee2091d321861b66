// Why this account cannot back up or upload yet: what to do, and who does it.

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { note } from "../ui.js";

/** The panel, or null when mail is ready. */
export function notReady(me) {
  if (me.mail_ready) return null;
  const why = me.mail_not_ready_reason ?? "mail_not_set_up";
  return note(
    "warn",
    h("h2", null, t(`notready.${why}.title`)),
    h(
      "p",
      null,
      t(`notready.${why}.text`, { company: me.company.name, domain: me.company.domain }),
    ),
    h("p", { class: "soft" }, t(`notready.${why}.who`)),
  );
}

/** What else the account should know at the top of a screen. */
export function notices(me) {
  if (me.notices !== "bounced") return null;
  return note("warn", h("p", null, t("notices.bounced", { email: me.email })));
}
