// What became of every entry of an upload.

import { html, useEffect, useRef, useState } from "../../vendor/htm-preact/standalone.mjs";
import * as api from "../api.js";
import { useLive } from "../data.js";
import { download } from "../download.js";
import { explainFailure } from "../errors.js";
import { bytes, day, moment, number, percent } from "../format.js";
import { t, words } from "../i18n.js";
import { pathName } from "../mailbox_names.js";
import { Action, Badge, Failed, Hidden, Icon, Loading, Name, Note, PageHead, Progress, Stamp, Still } from "../parts.js";
import { address, go } from "../router.js";
import { Tail, useScroll } from "../scroll.js";
import { announce, focusTitle } from "../ui.js";
import { isWorking, undo } from "./upload_row.js";

const OUTCOMES = ["imported", "duplicate", "ignored", "rejected"];
const ENDED = new Set(["completed", "failed", "undoing", "undone"]);
const KINDS = { imported: "good", duplicate: "plain", ignored: "plain", rejected: "bad" };

export function View({ rest: [id] }) {
  const live = useLive(() => api.upload(id), { moving: (upload) => isWorking(upload) || upload.state === "receiving" });
  const upload = live.data;
  const waited = useRef(false);
  const ended = upload && ENDED.has(upload.state);
  useEffect(() => {
    if (upload && !ended) waited.current = true;
    if (!ended || !waited.current) return;
    waited.current = false;
    focusTitle();
    announce(t(`uploads.said_${upload.state}`, { name: upload.filename }));
  }, [upload?.state]);
  const back = html`<p class="back"><a href=${address("uploads")}><${Icon} name="back" />${t("result.back")}</a></p>`;
  if (!upload) return live.error ? html`${back}<${Failed} list=${live} />` : html`<${Loading} />`;
  return html`${back}
    <${PageHead} name=${upload.filename} lead=${html`<${Intro} upload=${upload} />`}>
      ${ended && html`<${Buttons} upload=${upload} changed=${live.refresh} />`}
    <//>
    ${live.error && html`<${Failed} list=${live} />`}
    ${ended ? html`<${Ledger} upload=${upload} />` : html`<${Waiting} upload=${upload} />`}`;
}

function Intro({ upload }) {
  const { state, mailbox_path: path, bytes: size, finished_at: finished, purge_at: purge } = upload;
  const facts = [
    path && html`<${Name} text=${pathName(path)} />`,
    bytes(size),
    finished && moment(finished),
    purge && state !== "completed" && t("result.purge", { day: day(purge) }),
  ].filter(Boolean);
  return html`<span class="meta">${facts.map((fact) => html`<span>${fact}</span>`)}</span>`;
}

function Waiting({ upload: { state, progress } }) {
  const part = state === "importing" ? (progress ?? 0) : null;
  return html`<${Note} kind="info">${t("result.not_yet")}<//>
    <${Progress} label=${t("upload.progress")} part=${part} text=${part === null ? " " : percent(part)} />`;
}

function Buttons({ upload, changed }) {
  const { id, state, totals, can_retry: canRetry } = upload;
  const retry = async () => {
    await api.retryUpload(id);
    go("uploads");
  };
  return html`${canRetry && html`<${Action} kind="primary" what="retry" run=${retry}>${t("upload.retry")}<//>`}
    ${totals.imported > 0 &&
    (state === "completed" || state === "failed") &&
    html`<${Action} what="undo" run=${async () => (await undo(upload)) && changed()}>${t("upload.undo")}<//>`}
    <${Action} what="csv" run=${async () => download((await api.ledger(id)).url)}>
      <${Icon} name="download" />${t("result.csv")}
    <//>`;
}

function Ledger({ upload }) {
  const { totals, failure, state, finished_at: finished } = upload;
  const [outcome, setOutcome] = useState(totals.rejected ? "rejected" : "");
  const clean = state === "completed" && totals.imported > 0 && !totals.rejected;
  return html`${failure && html`<${Note} kind="bad">${explainFailure(failure, "upload")}<//>`}
    ${state === "undone" && html`<${Note} kind="info">${t("result.undone")}<//>`}
    ${state === "undoing" && html`<${Note} kind="info">${t("upload.undoing")}<//>`}
    ${clean &&
    html`<div class="all-well">
      <${Stamp} kind="done" date=${finished?.slice(2, 10).replaceAll("-", ".") ?? ""} />
      <p><strong>${t("result.all_well", { n: totals.imported })}</strong>${" "}${t("result.all_well_text")}</p>
    </div>`}
    <fieldset class="outcomes">
      <legend class="hidden-text">${t("result.filter")}</legend>
      ${["", ...OUTCOMES].map(
        (each) => html`<${Choice} ...${{ value: each, chosen: outcome, totals, choose: setOutcome }} />`,
      )}
    </fieldset>
    <${Rows} key=${outcome} id=${upload.id} outcome=${outcome} />`;
}

function Choice({ value, chosen, totals, choose }) {
  const name = t(value ? `outcome.${value}` : "result.all");
  const count = totals[value || "entries"];
  const change = () => {
    announce(`${name} ${t("entries", { n: count })}`);
    choose(value);
  };
  const id = `outcome-${value || "all"}`;
  return html`<label class="figure-choice ${value} ${count ? "some" : ""}" for=${id}>
    <input type="radio" name="outcome" id=${id} checked=${value === chosen} onchange=${change} />
    <span class="figure-name">${name}</span>
    <span class="figure-number">${number(count)}</span>
  </label>`;
}

/** The rows of one outcome, a page after the other as the end comes into sight. */
function Rows({ id, outcome }) {
  const list = useScroll((after) => api.entries(id, outcome, after), "entries");
  const count = list.pages.reduce((sum, page) => sum + page.rows.length, 0);
  return html`<div class="sheet" hidden=${!count}>
      ${list.pages.map(
        ({ rows }, index) =>
          html`<${Still}
            key=${index}
            mark="page"
            draw=${() =>
              html`<ul class="ledger" aria-label=${t("result.rows")}>
                ${rows.map((entry) => html`<${Entry} entry=${entry} />`)}
              </ul>`}
          />`,
      )}
    </div>
    <${Tail} list=${list}>
      <p class="soft">${count ? t("result.all_shown", { n: count }) : t("result.none")}</p>
    <//>`;
}

let counter = 0;

function Entry({ entry }) {
  const [open, setOpen] = useState(false);
  const [id] = useState(() => `entry-${(counter += 1)}`);
  const why = entry.detail ?? (entry.reason && words("reason", entry.reason, entry.reason));
  const label = entry.subject || lastPart(entry.name);
  return html`<li class="entry">
    <${Badge} kind=${KINDS[entry.outcome] ?? "plain"}>${t(`outcome.${entry.outcome}`)}<//>
    <div class="entry-text">
      <span class="entry-name"><${Name} text=${label} /></span>
      ${why && html`<span class="soft">${why}</span>`}
    </div>
    <button
      type="button"
      class="button quiet small"
      aria-expanded=${String(open)}
      aria-controls=${open ? id : undefined}
      onclick=${() => setOpen(!open)}
    >
      ${t("result.details")}<${Hidden}> <${Name} text=${label} /><//>
    </button>
    ${open && html`<${Facts} id=${id} entry=${entry} />`}
  </li>`;
}

function Facts({ id, entry }) {
  const facts = [
    [t("result.name"), html`<${Name} text=${entry.name} />`],
    [t("result.subject"), entry.subject && html`<${Name} text=${entry.subject} />`],
    [t("result.date"), entry.date && moment(entry.date)],
    [t("result.date_from"), entry.date_from && words("date_from", entry.date_from, entry.date_from)],
    [t("result.bytes"), typeof entry.bytes === "number" ? bytes(entry.bytes) : null],
    // The service's own sentence says what to do, in the words of the table for Excel.
    [t("result.next_step"), entry.reason && !entry.detail && words("next", entry.reason, null)],
  ].filter(([, value]) => value);
  return html`<dl id=${id}>${facts.map(([name, value]) => [html`<dt>${name}</dt>`, html`<dd>${value}</dd>`])}</dl>`;
}

const lastPart = (name) => name.split(/[\\/]/).filter(Boolean).at(-1) ?? name;
