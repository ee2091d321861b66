// Asking for a backup: which mailboxes, which days, and what that comes to.

import { html, useEffect, useRef, useState } from "../../vendor/htm-preact/standalone.mjs";
import * as api from "../api.js";
import { Dialog } from "../dialogs.js";
import { Mistake, explain } from "../errors.js";
import { bytes, exactMoment, fromTheBeginning, isoDay } from "../format.js";
import { NetworkError } from "../http.js";
import { t } from "../i18n.js";
import { fetchMailboxes } from "../mailbox_names.js";
import { Check, Field, Note } from "../parts.js";
import { openDialog } from "../ui.js";
import { FullList } from "./backup_full.js";
import { MailboxTree } from "./mailbox_tree.js";

const CALM_MS = 250; // between the last change and the estimate
const STALE_MS = 1_000; // figures of the choice before may stay so long, greyed, and then mislead
const KINDS = ["all", "this_year", "range"];

/** Opens the dialog; `before`: `{mailboxes, period}` to start from. Answers the new backup, or
 *  undefined. */
export async function openRequest(me, before) {
  const { mailboxes } = await fetchMailboxes();
  return openDialog(
    (close) =>
      html`<${Request} limits=${me.limits} mailboxes=${mailboxes} before=${before} close=${close} />`,
  );
}

function atFirst(mailboxes, before) {
  const usual = mailboxes.find((each) => each.special_use === "inbox") ?? mailboxes[0];
  const wanted = new Set((before?.mailboxes ?? (before?.query ? mailboxes : [usual])).filter(Boolean).map((each) => each.id));
  return new Set(mailboxes.filter((each) => wanted.has(each.id)).map((each) => each.id));
}

function Request({ limits, mailboxes, before, close }) {
  const [chosen, choose] = useState(() => atFirst(mailboxes, before));
  const [period, setPeriod] = useState(() => ({
    kind: before?.period?.kind ?? "all",
    from: before?.period?.from ?? `${isoDay(1).slice(0, 4)}-01-01`,
    to: before?.period?.to ?? isoDay(1),
  }));
  const [small, setSmall] = useState("");
  const [query, setQuery] = useState(before?.query ?? "");
  const lacking = missing(chosen, period);
  const body = {
    mailboxes: chosen.size === mailboxes.length ? "all" : [...chosen],
    period: period.kind === "range" ? period : { kind: period.kind },
    ...(small && { volume_bytes: Number(small) }),
    ...(query.trim() && { query: query.trim() }),
  };
  const estimate = useEstimate(lacking ? null : body);
  const held = mailboxes.filter((each) => chosen.has(each.id));
  const send = async () => {
    try {
      close(await api.requestBackup(body));
    } catch (error) {
      if (error.code !== "too_many_backups") throw error;
      throw await noRoom(error, async () => close(await api.requestBackup(body)));
    }
  };
  return html`<${Dialog}
    wide
    title=${t("request.title")}
    label=${t("request.submit")}
    close=${close}
    send=${send}
    ready=${!lacking && estimate.ready}
    brief=${!lacking && estimate.found && gist(estimate.found)}
    aside=${html`<${Estimate}
      ...${{ lacking, estimate, limits, period, held: query.trim() ? [] : held }}
      size=${small ? Number(small) : limits.volume_bytes}
    />`}
  >
    <${MailboxTree} mailboxes=${mailboxes} chosen=${chosen} change=${choose} />
    <${Days} period=${period} change=${setPeriod} />
    <${Field} id="request-query" label=${t("request.query")} hint=${t("request.query_hint")}>
      <input
        type="search"
        id="request-query"
        maxlength="500"
        aria-describedby="request-query-hint"
        value=${query}
        oninput=${(event) => setQuery(event.target.value)}
      />
    <//>
    <${FileSize} limits=${limits} value=${small} change=${setSmall} />
  <//>`;
}

const gist = ({ messages, bytes: size }) => `${t("mails", { n: messages })} · ${bytes(size)}`;

/** What must still be chosen, as a sentence; null when nothing. */
function missing(chosen, { kind, from, to }) {
  if (!chosen.size) return t("request.choose_mailbox");
  if (kind !== "range") return null;
  if (!from || !to) return t("request.choose_days");
  return from > to ? t("request.backwards") : null;
}

/** The five that are there, each to be deleted; once one is, the request goes on by itself. */
async function noRoom(error, goOn) {
  const { backups } = await api.backups();
  const problem = new Mistake(explain(error));
  problem.view = html`<p>${explain(error)}</p>
    <${FullList} backups=${backups} freed=${goOn} />`;
  return problem;
}

/** All, this year, or from one day to another. */
function Days({ period, change }) {
  const range = useRef(null);
  const shown = period.kind === "range";
  useEffect(() => {
    if (shown) range.current.scrollIntoView({ block: "nearest" });
  }, [shown]);
  const day = (name) =>
    html`<${Field} id="period-${name}" label=${t(`request.${name}`)}>
      <input
        type="date"
        id="period-${name}"
        max=${isoDay()}
        value=${period[name]}
        oninput=${(event) => change({ ...period, [name]: event.target.value })}
      />
    <//>`;
  return html`<fieldset>
    <legend>${t("request.period")}</legend>
    <div class="radios">
      ${KINDS.map(
        (kind) =>
          html`<${Check}
            type="radio"
            name="period"
            id="period-${kind}"
            checked=${period.kind === kind}
            onchange=${() => change({ ...period, kind })}
          >
            ${t(`period.${kind}`)}
          <//>`,
      )}
    </div>
    <div class="range" ref=${range} hidden=${!shown}>${day("from")}${day("to")}</div>
  </fieldset>`;
}

/** Files as large as they come, or small enough to be uploaded again; `value` "" or bytes. */
export function FileSize({ limits, value, change }) {
  const small = Math.floor(limits.upload_limit_bytes * 0.9); // the rest is names and the manifest
  if (small >= limits.volume_bytes) return null;
  return html`<${Field} id="request-size" label=${t("request.size")}>
    <select id="request-size" value=${value} onchange=${(event) => change(event.target.value)}>
      <option value="">${t("request.size_usual", { size: bytes(limits.volume_bytes) })}</option>
      <option value=${String(small)}>${t("request.size_small", { size: bytes(small) })}</option>
    </select>
  <//>`;
}

/** `{found, error, asking, ready}` of the estimate of `body`; null asks for nothing. */
function useEstimate(body) {
  const [state, set] = useState({ found: null, error: null, asking: true });
  const wanted = JSON.stringify(body);
  useEffect(() => {
    if (!body) return undefined;
    const stop = new AbortController();
    set((held) => ({ ...held, asking: true }));
    const stale = setTimeout(() => set({ found: null, error: null, asking: true }), STALE_MS);
    const timer = setTimeout(async () => {
      const end = (found, error) => {
        clearTimeout(stale);
        if (!stop.signal.aborted) set({ found, error, asking: false });
      };
      try {
        end(await api.estimate(body, stop.signal), null);
      } catch (error) {
        end(null, error);
      }
    }, CALM_MS);
    return () => {
      clearTimeout(timer);
      clearTimeout(stale);
      stop.abort();
    };
  }, [wanted]);
  const { found, error, asking } = state;
  return { ...state, ready: !asking && (error ? isPassing(error) : found.messages > 0) };
}

// The service is busy, or its answer came too late. The request itself needs no estimate, and nobody
// may be kept from their backup by one.
const isPassing = (error) => error instanceof NetworkError || error.status >= 500;

function Estimate({ lacking, estimate, ...facts }) {
  const { found, error, asking } = estimate;
  return html`<div class="estimate ${asking && found ? "asking" : ""}" role="status">
    <h3>${t("request.estimate")}</h3>
    ${lacking
      ? html`<p class="lacking">${lacking}</p>`
      : error
        ? html`<${NoEstimate} error=${error} facts=${facts} />`
        : found
          ? html`<${Figures} found=${found} ...${facts} />`
          : html`<p class="soft">${t("request.estimating")}</p>`}
  </div>`;
}

function NoEstimate({ error, facts }) {
  if (error.code === "nothing_to_back_up") {
    return html`<p class="figure-big">${t("mails", { n: 0 })}</p>
      <p class="lacking">${t("error.nothing_to_back_up")}</p>
      <${LeftOut} count=${sum(facts.held)} kind=${facts.period.kind} />`;
  }
  return html`<${Note} kind="warn">${isPassing(error) ? t("request.no_estimate") : explain(error)}<//>`;
}

const sum = (mailboxes) => mailboxes.reduce((total, each) => total + each.messages, 0);

/** What the chosen mailboxes hold besides, and why it stays out. */
const LeftOut = ({ count, kind }) =>
  count > 0 &&
  html`<p class="soft">
    ${t(kind === "range" ? "request.left_out_days" : `request.left_out_${kind}`, { n: count })}
  </p>`;

function Figures({ found, limits, period, held, size }) {
  const until = new Date(new Date(found.to).getTime() - 1000);
  const tooLarge = found.bytes >= limits.upload_limit_bytes && size >= limits.upload_limit_bytes;
  return html`<p class="figure-big">${t("mails", { n: found.messages })}</p>
    <p class="figures">
      ${t("request.unpacked", { size: bytes(found.bytes) })} · ${t("files", { n: found.volumes })}
    </p>
    <p class="soft">
      ${fromTheBeginning(found.from)
        ? t("request.exact_until", { to: exactMoment(until) })
        : t("request.exact", { from: exactMoment(found.from), to: exactMoment(until) })}
    </p>
    <${LeftOut} count=${sum(held) - found.messages} kind=${period.kind} />
    ${tooLarge &&
    html`<${Note} kind="warn">
      ${t("request.too_large_again", { size: bytes(limits.upload_limit_bytes) })}
    <//>`}
    <p class="soft">${t("request.when", { n: limits.backup_deadline_hours / 24 })}</p>`;
}
