// What became of every entry of an upload.

import * as api from "../api.js";
import { fill, focusTitle, h, icon } from "../dom.js";
import { download } from "../download.js";
import { explain, explainFailure } from "../errors.js";
import { bytes, moment, number, percent } from "../format.js";
import { t, words } from "../i18n.js";
import { poll } from "../poll.js";
import {
  actionButton,
  announce,
  badge,
  freshId,
  loading,
  note,
  pageHead,
  progressLine,
} from "../ui.js";

const OUTCOMES = ["imported", "duplicate", "ignored", "rejected"];
const ENDED = new Set(["completed", "failed"]);
const KINDS = { imported: "good", duplicate: "plain", ignored: "plain", rejected: "bad" };

export async function show(main, app, signal, id) {
  fill(main, loading());
  const upload = await api.upload(id);
  if (ENDED.has(upload.state)) await showLedger(main, signal, upload);
  else await showWaiting(main, signal, upload);
}

const back = () => h("p", { class: "back" }, h("a", { href: "#/uploads" }, t("result.back")));

/** How far it is; the result itself as soon as there is one. */
async function showWaiting(main, signal, { id, ...upload }) {
  const problems = h("div");
  const progress = progressLine(t("upload.progress"));
  const waiting = new AbortController();
  signal.addEventListener("abort", () => waiting.abort(), { once: true });
  fill(
    main,
    back(),
    pageHead(upload.filename, intro(upload)),
    note("info", t("result.not_yet")),
    progress.node,
    problems,
  );
  const watch = poll(
    async () => {
      const fresh = await api.upload(id);
      fill(problems);
      if (ENDED.has(fresh.state)) {
        waiting.abort();
        await showLedger(main, signal, fresh);
        focusTitle();
        announce(t(`uploads.said_${fresh.state}`, { name: fresh.filename }));
      }
      const part = fresh.state === "importing" ? fresh.progress : null;
      progress.set(part, part === null ? "" : percent(part));
      return { moving: true, mark: fresh.state };
    },
    (error) => fill(problems, note("bad", explain(error))),
    waiting.signal,
  );
  await watch.first;
}

async function showLedger(main, signal, upload) {
  const { id } = upload;
  const problems = h("div");
  const rows = h("ul", { class: "ledger", "aria-label": t("result.rows") });
  const tail = h("div", { class: "ledger-tail" });
  let outcome = upload.totals.rejected ? "rejected" : "";
  let after = null;
  let turn = 0;
  let fetching = false;

  fill(
    main,
    back(),
    pageHead(upload.filename, intro(upload), csvButton(), retryButton()),
    upload.failure && note("bad", explainFailure(upload.failure, "upload")),
    problems,
    filters(),
    rows,
    tail,
  );

  const near = new IntersectionObserver(
    (seen) => {
      if (seen.some((each) => each.isIntersecting)) next();
    },
    { rootMargin: "800px" },
  );
  near.observe(tail);
  signal.addEventListener("abort", () => near.disconnect(), { once: true });
  await start();

  async function start() {
    turn += 1;
    after = undefined;
    fetching = false;
    fill(rows);
    await next();
  }

  async function next() {
    if (fetching || after === null) return;
    const mine = turn;
    fetching = true;
    fill(tail, loading());
    try {
      const page = await api.entries(id, outcome, after);
      if (mine !== turn) return;
      rows.append(...page.entries.map(entryRow));
      after = page.next ?? null;
      fill(tail, after === null && end());
    } catch (error) {
      if (mine !== turn) return;
      fill(tail, note("bad", h("p", null, explain(error)), actionButton(t("action.retry"), next)));
    } finally {
      if (mine === turn) fetching = false;
    }
    near.unobserve(tail); // observed anew, it tells whether it is still in sight
    near.observe(tail);
  }

  function end() {
    const count = rows.childElementCount;
    return h(
      "p",
      { class: "soft" },
      count ? t("result.all_shown", { n: count }) : t("result.none"),
    );
  }

  function filters() {
    const choice = (value, count) => {
      const name = value ? t(`outcome.${value}`) : t("result.all");
      const input = h("input", {
        type: "radio",
        name: "outcome",
        value,
        id: `outcome-${value || "all"}`,
        checked: value === outcome,
        onchange: () => {
          outcome = value;
          announce(`${name} ${t("entries", { n: count })}`);
          start();
        },
      });
      return h(
        "label",
        { class: `figure-choice ${value}`, for: input.id },
        input,
        h("span", { class: "figure-name" }, name),
        h("span", { class: "figure-number" }, number(count)),
      );
    };
    return h(
      "fieldset",
      { class: "outcomes" },
      h("legend", { class: "hidden-text" }, t("result.filter")),
      choice("", upload.totals.entries),
      OUTCOMES.map((each) => choice(each, upload.totals[each])),
    );
  }

  function csvButton() {
    return actionButton(
      [icon("download"), t("result.csv")],
      async () => download((await api.ledger(id)).url),
      { problems, fk: "csv" },
    );
  }

  function retryButton() {
    if (!upload.can_retry) return null;
    return actionButton(
      t("upload.retry"),
      async () => {
        await api.retryUpload(id);
        location.hash = "#/uploads";
      },
      { problems, kind: "primary", fk: "retry" },
    );
  }
}

function intro(upload) {
  return [
    upload.mailbox_path,
    bytes(upload.bytes),
    upload.finished_at && moment(upload.finished_at),
  ]
    .filter(Boolean)
    .join(" · ");
}

function entryRow(entry) {
  const why = entry.reason && words("reason", entry.reason, entry.detail ?? entry.reason);
  const facts = [
    [t("result.name"), entry.name],
    [t("result.subject"), entry.subject],
    [t("result.date"), entry.date && moment(entry.date)],
    [
      t("result.date_from"),
      entry.date_from && words("date_from", entry.date_from, entry.date_from),
    ],
    [t("result.bytes"), typeof entry.bytes === "number" ? bytes(entry.bytes) : null],
    [t("result.next_step"), entry.reason && words("next", entry.reason, null)],
  ].filter(([, value]) => value);
  const label = entry.subject || lastPart(entry.name);
  const more = h(
    "dl",
    { id: freshId("entry"), hidden: true },
    facts.map(([name, value]) => [h("dt", null, name), h("dd", null, value)]),
  );
  const toggle = h(
    "button",
    {
      type: "button",
      class: "button quiet",
      "aria-expanded": "false",
      "aria-controls": more.id,
      onclick: () => {
        more.hidden = !more.hidden;
        toggle.setAttribute("aria-expanded", String(!more.hidden));
      },
    },
    t("result.details"),
    h("span", { class: "hidden-text" }, ` ${label}`),
  );
  return h(
    "li",
    { class: "entry" },
    badge(KINDS[entry.outcome] ?? "plain", t(`outcome.${entry.outcome}`)),
    h(
      "div",
      { class: "entry-text" },
      h("span", { class: "entry-name" }, label),
      why && h("span", { class: "soft" }, why),
    ),
    toggle,
    more,
  );
}

const lastPart = (name) => name.split(/[\\/]/).filter(Boolean).at(-1) ?? name;
