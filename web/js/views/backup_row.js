// One backup of the list.

import * as api from "../api.js";
import { fill, h, icon } from "../dom.js";
import { download } from "../download.js";
import { explainFailure } from "../errors.js";
import { bytes, day, days, monthDay, moment, percent } from "../format.js";
import { t } from "../i18n.js";
import { actionButton, badge, confirmAction, progressLine } from "../ui.js";

export const WORKING = new Set(["requested", "planning", "exporting"]);
const KINDS = { ready: "good", failed: "bad", expired: "plain", cancelled: "plain" };

/** "받은편지함 외 2개" */
export function nameOf({ mailboxes }) {
  const [first, ...rest] = mailboxes;
  if (!first) return t("backup.no_mailbox");
  return rest.length ? t("backup.and_more", { first: first.path, n: rest.length }) : first.path;
}

/** `{node, update(backup)}`. `changed()` after something was done, `again(backup)` to ask once more. */
export function backupRow(backup, { limits, changed, again }) {
  const node = h("li", { class: "card" });
  const progress = progressLine(t("backup.progress"));
  const problems = h("div");
  let drawn = null;
  update(backup);
  return { node, update };

  function update(fresh) {
    const { progress: part, ...still } = fresh;
    const written = JSON.stringify(still);
    if (written !== drawn) {
      drawn = written;
      draw(fresh);
    }
    if (WORKING.has(fresh.state)) progress.set(part ?? null, progressText(fresh));
  }

  function draw(item) {
    const title = h("h2", null, nameOf(item));
    fill(
      node,
      h(
        "div",
        { class: "card-head" },
        badge(KINDS[item.state] ?? "busy", t(`backup.state.${item.state}`)),
        title,
        h("div", { class: "card-actions" }, actions(item)),
      ),
      h(
        "p",
        { class: "meta" },
        facts(item).map((fact) => h("span", null, fact)),
      ),
      item.mailboxes.length > 1 && chosen(item),
      WORKING.has(item.state) && progress.node,
      item.state === "failed" &&
        h("p", { class: "reason" }, explainFailure(item.failure, "backup")),
      item.volumes?.length > 0 && files(item),
      item.purge_at && h("p", { class: "soft" }, t("backup.purge", { day: day(item.purge_at) })),
      problems,
    );
  }

  function actions(item) {
    if (WORKING.has(item.state)) {
      return actionButton(t("backup.cancel"), () => cancel(item), {
        fk: `cancel-${item.id}`,
        name: t("backup.cancel_name", { name: nameOf(item) }),
        problems,
      });
    }
    return [
      item.state !== "ready" &&
        actionButton(t("backup.again"), () => again(item), { fk: `again-${item.id}`, problems }),
      actionButton(t("action.delete"), () => remove(item, changed), {
        kind: "quiet",
        fk: `delete-${item.id}`,
        name: t("backup.delete_name", { name: nameOf(item) }),
        problems,
      }),
    ];
  }

  async function cancel(item) {
    const done = await confirmAction({
      title: t("backup.cancel_title"),
      text: t("backup.cancel_text"),
      label: t("backup.cancel_do"),
      run: () => api.cancelBackup(item.id),
    });
    if (done) changed();
  }

  function files(item) {
    const paths = new Map(item.mailboxes.map((mailbox) => [mailbox.id, mailbox.path]));
    const several = item.mailboxes.length > 1;
    return h(
      "ul",
      { class: "files", "aria-label": t("backup.files") },
      item.volumes.map((volume) =>
        h(
          "li",
          { class: "file" },
          icon("file"),
          h(
            "div",
            { class: "file-text" },
            h("span", { class: "file-name" }, volume.filename),
            h(
              "span",
              { class: "soft" },
              [
                several && paths.get(volume.mailbox_id),
                t("mails", { n: volume.messages }),
                volume.bytes ? bytes(volume.bytes) : null,
              ]
                .filter(Boolean)
                .join(" · "),
            ),
          ),
          ending(item, volume),
        ),
      ),
    );
  }

  function ending(item, volume) {
    if (volume.state !== "ready") {
      return h("span", { class: "file-state soft" }, t(`volume.state.${volume.state}`));
    }
    const label = [icon("download"), t("volume.download", { day: monthDay(volume.expires_at) })];
    return actionButton(label, () => fetchFile(item.id, volume), {
      kind: "primary",
      fk: `download-${item.id}-${volume.number}`,
      problems,
      name: `${t("volume.download", { day: monthDay(volume.expires_at) })} ${volume.filename}`,
    });
  }

  function progressText(item) {
    if (item.state !== "exporting")
      return t(`backup.doing.${item.state}`, { hours: limits.backup_deadline_hours });
    const done = (item.volumes ?? []).filter((volume) => volume.state === "ready").length;
    const total = item.volumes?.length ?? 0;
    return t("backup.doing.exporting", { part: percent(item.progress ?? 0), done, total });
  }
}

function facts(item) {
  const counted = item.state !== "requested" && item.state !== "planning";
  return [
    days(item.from, item.to),
    counted && item.messages !== null ? t("mails", { n: item.messages }) : null,
    counted && item.bytes ? bytes(item.bytes) : null,
    t("backup.requested_at", { when: moment(item.requested_at) }),
  ].filter(Boolean);
}

function chosen(item) {
  return h(
    "details",
    { class: "chosen" },
    h("summary", null, t("backup.chosen", { n: item.mailboxes.length })),
    h(
      "ul",
      null,
      item.mailboxes.map((mailbox) => h("li", null, mailbox.path)),
    ),
  );
}

/** Asks and deletes; used by the list and by "all slots are taken". */
export async function remove(item, changed) {
  const ready = (item.volumes ?? []).filter((volume) => volume.state === "ready");
  const size = ready.reduce((sum, volume) => sum + volume.bytes, 0);
  const done = await confirmAction({
    title: t("backup.delete_title", { name: nameOf(item) }),
    text: ready.length
      ? [
          t("backup.delete_files", { n: ready.length, size: bytes(size) }),
          t("backup.delete_mail_stays"),
        ]
      : [t("backup.delete_plain")],
    label: t("action.delete"),
    run: () => api.deleteBackup(item.id),
  });
  if (done) changed();
  return Boolean(done);
}

async function fetchFile(id, volume) {
  download((await api.volumeUrl(id, volume.number)).url);
}
