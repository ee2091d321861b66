// The list of backups: what is asked for, how far it is, and the files to download.

import * as api from "../api.js";
import { KeyedList, fill, h, icon } from "../dom.js";
import { explain } from "../errors.js";
import { exactMoment } from "../format.js";
import { t } from "../i18n.js";
import { poll } from "../poll.js";
import { actionButton, announce, loading, note, pageHead } from "../ui.js";
import { WORKING, backupRow, nameOf } from "./backup_row.js";
import { notReady, notices } from "./notready.js";

export async function show(main, app, signal) {
  const problems = h("div");
  const slots = h("p", { class: "slots" });
  const list = h("ul", { class: "cards", "aria-label": t("backups.title") });
  const empty = h(
    "div",
    { class: "empty", hidden: true },
    h("p", { class: "empty-title" }, t("backups.none")),
    h("p", null, t("backups.none_text")),
  );
  const waiting = loading();
  const said = h("div"); // what went wrong with something pressed; a refresh leaves it alone
  const more = actionButton(t("action.more"), fetchMore, { kind: "more", problems: said });
  more.hidden = true;
  const ask = actionButton([icon("plus"), t("backups.ask")], () => request(), {
    kind: "primary",
    fk: "ask",
    problems: said,
  });
  const blocked = notReady(app.me);
  fill(
    main,
    pageHead(
      t("backups.title"),
      t("backups.lead", {
        days: app.me.limits.download_days,
        hours: app.me.limits.backup_deadline_hours,
      }),
      !blocked && ask,
    ),
    notices(app.me),
    blocked,
    slots,
    said,
    problems,
    waiting,
    empty,
    list,
    more,
  );

  const rows = new KeyedList(
    list,
    (backup) => backup.id,
    (backup) =>
      backupRow(backup, { limits: app.me.limits, changed: () => watch.kick(), again: request }),
  );
  let latest = null;
  let further = []; // pages behind the first, fetched by hand
  let states = new Map();

  const watch = poll(
    async () => {
      latest = await api.backups();
      update();
      return {
        moving: latest.backups.some((backup) => WORKING.has(backup.state)),
        mark: JSON.stringify(latest.backups.map(({ state, volumes }) => [state, volumes])),
      };
    },
    (error) => {
      waiting.remove();
      fill(problems, note("bad", explain(error)));
    },
    signal,
  );

  function update() {
    waiting.remove();
    fill(problems);
    const fresh = new Set(latest.backups.map((backup) => backup.id));
    const all = [...latest.backups, ...further.filter((backup) => !fresh.has(backup.id))];
    rows.update(all);
    empty.hidden = all.length > 0 || Boolean(blocked);
    more.hidden = !(further.length ? further.next : latest.next);
    fill(slots, slotLine(latest.slots));
    tellChanges(latest.backups);
  }

  function tellChanges(backups) {
    for (const backup of backups) {
      const before = states.get(backup.id);
      const ended = backup.state === "ready" || backup.state === "failed";
      if (before && before !== backup.state && ended) {
        announce(t(`backups.said_${backup.state}`, { name: nameOf(backup) }));
      }
    }
    states = new Map(backups.map((backup) => [backup.id, backup.state]));
  }

  async function fetchMore() {
    const after = further.length ? further.next : latest.next;
    const page = await api.backups(after);
    further = [...further, ...page.backups];
    further.next = page.next;
    update();
  }

  async function request(before) {
    if (!latest || isFull(latest)) latest = await api.backups(); // one may have gone elsewhere
    if (isFull(latest)) {
      const { slotsFull } = await import("./backup_full.js");
      if (await slotsFull(latest.slots, latest.backups)) watch.kick();
      return;
    }
    const { openRequest } = await import("./backup_request.js");
    const made = await openRequest(app, before);
    if (made) announce(t("backups.said_requested"));
    watch.kick();
  }

  await watch.first;
}

const isFull = ({ slots }) => slots.used >= slots.limit;

function slotLine({ used, limit, next_free_at: next }) {
  const text = t("backups.slots", { used, limit });
  if (!next) return text;
  return `${text} · ${t("backups.next_free", { when: exactMoment(next) })}`;
}
