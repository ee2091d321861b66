// What to do when every place for a backup is taken.

import { html, useState } from "../../vendor/htm-preact/standalone.mjs";
import * as api from "../api.js";
import { Dialog, confirmAction } from "../dialogs.js";
import { bytes, days, exactMoment, moment } from "../format.js";
import { t } from "../i18n.js";
import { isEverything, pathName } from "../mailbox_names.js";
import { Action, Name } from "../parts.js";
import { openDialog } from "../ui.js";

/** "받은편지함 외 2개", "모든 편지함 (14)" */
export function nameOf({ mailboxes }) {
  const [first, ...rest] = mailboxes;
  if (!first) return t("backup.no_mailbox");
  if (isEverything(mailboxes)) return t("backup.everything", { n: mailboxes.length });
  const name = pathName(first.path);
  return rest.length ? t("backup.and_more", { first: name, n: rest.length }) : name;
}

export const readyFiles = (backup) => backup.volumes.filter((file) => file.state === "ready");
export const sizeOf = (files) => files.reduce((total, file) => total + file.bytes, 0);

/** All places are taken: says so and offers what can be deleted. True when one was freed. */
export function slotsFull(slots, backups) {
  return openDialog(
    (close) =>
      html`<${Dialog} title=${t("full.title")} close=${close}>
        <p>${t("full.text", { limit: slots.limit })}</p>
        ${slots.next_free_at &&
        html`<p>${t("backups.next_free", { when: exactMoment(slots.next_free_at) })}</p>`}
        <${FullList} backups=${backups} freed=${() => close(true)} />
      <//>`,
  );
}

/** The backups that could be deleted, told apart by what is in them and when they were asked for.
 *  `freed()` after one was deleted. */
export function FullList({ backups, freed }) {
  const [gone, setGone] = useState(new Set());
  const ready = backups.filter((backup) => backup.state === "ready" && !gone.has(backup.id));
  if (!ready.length) return html`<p class="soft">${t("full.none_ready")}</p>`;
  const drop = async (backup) => {
    if (!(await removeBackup(backup))) return;
    setGone((held) => new Set([...held, backup.id]));
    await freed();
  };
  return html`<ul class="rows inset">
    ${ready.map(
      (backup) =>
        html`<li class="row" key=${backup.id}>
          <div class="row-text">
            <p class="row-title"><${Name} text=${nameOf(backup)} /></p>
            <p class="meta">
              <span>${days(backup.from, backup.to)}</span>
              <span>${t("backup.requested_at", { when: moment(backup.requested_at) })}</span>
              <span>${t("files", { n: readyFiles(backup).length })}</span>
              <span>${bytes(sizeOf(readyFiles(backup)))}</span>
              <span>${t("backup.until", { when: exactMoment(backup.expires_at) })}</span>
            </p>
          </div>
          <${Action} run=${() => drop(backup)} name=${nameOf(backup)}>${t("action.delete")}<//>
        </li>`,
    )}
  </ul>`;
}

/** Asks and deletes. True when done. */
export function removeBackup(backup) {
  const files = readyFiles(backup);
  return confirmAction({
    title: t("backup.delete_title", { name: nameOf(backup) }),
    text: files.length
      ? [
          t("backup.delete_files", { n: files.length, size: bytes(sizeOf(files)) }),
          t("backup.delete_mail_stays"),
        ]
      : t("backup.delete_plain"),
    label: t("action.delete"),
    run: () => api.deleteBackup(backup.id),
  });
}
