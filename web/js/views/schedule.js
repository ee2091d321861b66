// Backups that make themselves: every day, week or month.

import { html, useState } from "../../vendor/htm-preact/standalone.mjs";
import * as api from "../api.js";
import { useLive } from "../data.js";
import { Dialog, confirmAction } from "../dialogs.js";
import { exactMoment } from "../format.js";
import { t } from "../i18n.js";
import { fetchMailboxes } from "../mailbox_names.js";
import { Action, Badge, Failed, Field, Note, Radios } from "../parts.js";
import { announce, openDialog } from "../ui.js";
import { FileSize } from "./backup_request.js";
import { MailboxTree } from "./mailbox_tree.js";

const EVERY = ["day", "week", "month"];
const WHAT = ["new", "all"];

const fetchSchedule = async () => {
  try {
    return { found: await api.schedule() };
  } catch (error) {
    if (error.code !== "schedule_not_found") throw error;
    return { found: null };
  }
};

/** A section of the account's screen. */
export function Schedule({ me }) {
  const live = useLive(fetchSchedule);
  const found = live.data?.found;
  const change = async () => {
    if (!(await openSchedule(me, found))) return;
    await live.refresh();
    announce(t("schedule.kept"));
  };
  const end = async () => {
    const ended = await confirmAction({
      title: t("schedule.end_title"),
      text: t("schedule.end_text"),
      label: t("schedule.end"),
      run: api.endSchedule,
    });
    if (ended) await live.refresh();
  };
  return html`<section class="sheet padded">
    <div class="section-head">
      <h2>${t("schedule.title")}</h2>
      ${live.data && html`<${Badge} kind=${found ? "good" : "plain"}>${t(found ? "schedule.on" : "schedule.off")}<//>`}
    </div>
    ${live.error && html`<${Failed} list=${live} />`}
    <p>${found ? saying(found) : t("schedule.text")}</p>
    ${found && html`<p class="soft">${t("schedule.next", { when: exactMoment(found.next_at) })}</p>`}
    ${found?.skipped && html`<${Note} kind="warn">${found.skipped.detail}<//>`}
    ${live.data &&
    html`<div class="section-actions">
      <${Action} kind=${found ? "" : "primary"} what="schedule" run=${change}>
        ${t(found ? "schedule.change" : "schedule.begin")}
      <//>
      ${found && html`<${Action} kind="quiet" what="end-schedule" run=${end}>${t("schedule.end")}<//>`}
    </div>`}
  </section>`;
}

/** "매주 모든 편지함에 새로 들어온 메일을 백업하고, 마지막 2개를 남깁니다." */
const saying = ({ every, what, mailboxes, keep }) =>
  t(`schedule.says_${what}`, {
    every: t(`schedule.every_${every}`),
    mailboxes: mailboxes === "all" ? t("request.all_mailboxes") : t("schedule.mailboxes", { n: mailboxes.length }),
    n: keep,
  });

/** Asks how; true when it was kept. */
async function openSchedule({ limits }, before) {
  const { mailboxes } = await fetchMailboxes();
  return openDialog((close) => html`<${Form} ...${{ limits, mailboxes, before, close }} />`);
}

function Form({ limits, mailboxes, before, close }) {
  const all = mailboxes.map(({ id }) => id);
  const [chosen, choose] = useState(
    () => new Set(!before || before.mailboxes === "all" ? all : before.mailboxes.filter((id) => all.includes(id))),
  );
  const [every, setEvery] = useState(before?.every ?? "week");
  const [what, setWhat] = useState(before?.what ?? "new");
  const [keep, setKeep] = useState(before?.keep ?? Math.min(2, limits.max_backups - 1));
  const [size, setSize] = useState(before?.volume_bytes ? String(before.volume_bytes) : "");
  const send = async () => {
    await api.setSchedule({
      mailboxes: chosen.size === all.length ? "all" : [...chosen],
      every,
      what,
      keep,
      ...(size && { volume_bytes: Number(size) }),
    });
    close(true);
  };
  return html`<${Dialog} title=${t("schedule.title")} label=${t("schedule.keep_it")} close=${close} send=${send} ready=${chosen.size > 0}>
    <${MailboxTree} mailboxes=${mailboxes} chosen=${chosen} change=${choose} />
    <${Radios} name="every" label=${t("schedule.every")} say=${(each) => t(`schedule.every_${each}`)} values=${EVERY} value=${every} change=${setEvery} />
    <${Radios} name="what" label=${t("schedule.what")} say=${(each) => t(`schedule.what_${each}`)} values=${WHAT} value=${what} change=${setWhat} />
    <${Field} id="schedule-keep" label=${t("schedule.keep")} hint=${t("schedule.keep_hint", { limit: limits.max_backups })}>
      <select
        id="schedule-keep"
        aria-describedby="schedule-keep-hint"
        value=${String(keep)}
        onchange=${(event) => setKeep(Number(event.target.value))}
      >
        ${Array.from(
          { length: limits.max_backups - 1 },
          (_, index) => html`<option value=${String(index + 1)}>${t("schedule.keep_n", { n: index + 1 })}</option>`,
        )}
      </select>
    <//>
    <${FileSize} limits=${limits} value=${size} change=${setSize} />
  <//>`;
}
