// The list of backups: what is asked for, how far it is, and the files to download.

import { html, useEffect, useRef, useState } from "../../vendor/htm-preact/standalone.mjs";
import * as api from "../api.js";
import { useEnds, usePages } from "../data.js";
import { exactMoment } from "../format.js";
import { t } from "../i18n.js";
import { fetchMailboxes } from "../mailbox_names.js";
import { Action, Empty, Icon, Listing, PageHead, Still } from "../parts.js";
import { announce, complain } from "../ui.js";
import { nameOf, slotsFull } from "./backup_full.js";
import { openRequest } from "./backup_request.js";
import { BackupRow, isWorking } from "./backup_row.js";
import { Standing } from "./notready.js";

let waiting = null; // what another screen wants backed up

/** Lets the list open the request as soon as it stands: `{mailboxes}`, or all that `{query}` finds. */
export const askFor = (before) => (waiting = before);

export function View({ me }) {
  const { limits } = me;
  const list = usePages(api.backups, "backups", { moving: isWorking });
  const latest = useRef(null);
  latest.current = list.first;
  useEnds(list.rows, ["ready", "failed"], (backup) =>
    announce(t(`backups.said_${backup.state}`, { name: nameOf(backup) })),
  );
  // Which mailboxes there are says whether a backup holds them all, and what they are called here.
  const [named, setNamed] = useState(false);
  useEffect(() => {
    fetchMailboxes().then(() => setNamed(true), () => null);
  }, []);

  async function request(before) {
    let held = latest.current;
    if (!held || isFull(held)) held = await api.backups(); // one may have gone elsewhere
    if (isFull(held)) {
      const freed = await slotsFull(held.slots, held.backups);
      list.refresh();
      if (!freed) return;
    }
    const made = await openRequest(me, before);
    if (made) announce(t("backups.said_requested"));
    list.refresh();
  }

  useEffect(() => {
    if (!waiting) return;
    const before = waiting;
    waiting = null;
    request(before).catch(complain);
  }, []);

  const slots = list.first?.slots;
  return html`<${PageHead}
      title=${t("backups.title")}
      lead=${t("backups.lead", { n: limits.backup_deadline_hours / 24, days: limits.download_days })}
      below=${html`<${Slots} ...${slots} />`}
    >
      ${me.mail_ready &&
      html`<${Action} kind="primary" what="ask" run=${() => request()}>
        <${Icon} name="plus" />${t("backups.ask")}
      <//>`}
    <//>
    <${Standing} me=${me} />
    <${Listing}
      list=${list}
      label=${t("backups.title")}
      empty=${me.mail_ready && html`<${Empty} title=${t("backups.none")}><p>${t("backups.none_text")}</p><//>`}
    >
      ${(backup) =>
        html`<li class="sheet" key=${backup.id}>
          <${Still}
            mark=${JSON.stringify([backup, named])}
            draw=${() =>
              html`<${BackupRow}
                ...${{ backup, limits, again: request }}
                changed=${(id) => (id ? list.without(id) : list.refresh())}
              />`}
          />
        </li>`}
    <//>`;
}

const isFull = ({ slots }) => slots.used >= slots.limit;

/** A stamp for every place, those taken filled in. */
const Slots = ({ used = null, limit = 0, next_free_at: next }) =>
  html`<div class="slots" hidden=${used === null}>
    <span class="slot-row" aria-hidden="true">
      ${Array.from({ length: limit }, (_, index) => html`<i class=${index < used ? "used" : ""}></i>`)}
    </span>
    <p>
      ${t("backups.slots", { used, limit })}
      ${next && ` · ${t("backups.next_free", { when: exactMoment(next) })}`}
    </p>
  </div>`;
