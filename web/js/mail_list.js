// Mails as a list and one of them opened, whatever they come from: a mailbox, a search, a backup.

import { html, useEffect, useLayoutEffect, useRef, useState } from "../vendor/htm-preact/standalone.mjs";
import { bytes, moment, stamp } from "./format.js";
import { t } from "./i18n.js";
import { Failed, Hidden, Icon, Loading, Name, Still } from "./parts.js";
import { address, go } from "./router.js";
import { Tail } from "./scroll.js";
import { dialogs } from "./ui.js";
import { Reader } from "./views/reader.js";

/** `list`: of `useScroll`, its rows those of `GET /mailboxes/{id}/messages`; `base`: the parts of the
 *  list's address, which `idOf(row)` makes that of a mail; `opened`: such an id or undefined; `one(id)`
 *  fetches a row that is not in the list yet; `read(row)`: `{bytes, mail}`; `children`: what stands
 *  above the list. */
export function Mails({ list, label, base, idOf, opened, one, read, placeOf, marked, empty, children }) {
  const rows = list.pages.flatMap((page) => page.rows);
  const at = opened ? rows.findIndex((row) => idOf(row) === opened) : -1;
  const alone = useAlone(opened && at < 0 && one, opened);
  const row = rows[at] ?? alone.row;
  const node = useRef(null);
  const left = useRef({ y: 0, id: null });
  useLayoutEffect(() => {
    if (opened) {
      if (!left.current.id) left.current.y = scrollY;
      left.current.id = opened;
      scrollTo(0, 0);
    } else if (left.current.id) {
      scrollTo(0, left.current.y);
      const row = node.current.querySelector(`[data-id="${CSS.escape(left.current.id)}"]`);
      row?.focus({ preventScroll: true });
      row?.scrollIntoView({ block: "nearest" });
      left.current.id = null;
    }
  }, [opened]);
  useEffect(() => {
    if (at >= 0 && at > rows.length - 3) list.refresh(); // so that there is a next one
  }, [at]);
  const to = (other) => other && (() => go(...base, idOf(other)));
  const told = rows.some(({ flags }) => flags.includes("\\Seen")); // else nobody ever said what is read
  return html`<div ref=${node} hidden=${Boolean(opened)} onkeydown=${walkRows}>
      ${children}
      ${list.pages.length > 0 && !rows.length && list.done && empty}
      <div class="sheet" hidden=${!rows.length}>
        ${list.pages.map(
          (page, index) =>
            html`<${Still}
              key=${index}
              mark=${[told, marked, ...page.rows.map((each) => placeOf?.(each))].join("\n")}
              draw=${() =>
                html`<ul class="mails" aria-label=${label}>
                  ${page.rows.map(
                    (each) =>
                      html`<${Row}
                        key=${idOf(each)}
                        ...${{ row: each, id: idOf(each), base, told, marked, place: placeOf?.(each) }}
                      />`,
                  )}
                </ul>`}
            />`,
        )}
      </div>
      <${Tail} list=${list}>
        ${rows.length > 0 && html`<p class="soft">${t("mails.all_shown", { n: rows.length })}</p>`}
      <//>
    </div>
    ${opened &&
    (row
      ? html`<${Reader}
          key=${opened}
          ...${{ row, read, place: placeOf?.(row), back: () => go(...base) }}
          previous=${to(rows[at - 1])}
          next=${to(at >= 0 && rows[at + 1])}
        />`
      : alone.error
        ? html`<${Failed} list=${alone} />`
        : html`<${Loading} />`)}`;
}

/** `{row, error, refresh()}` of a mail that is opened by its address alone. */
function useAlone(one, id) {
  const [state, set] = useState({ row: null, error: null });
  const refresh = async () => {
    try {
      set({ row: await one(id), error: null });
    } catch (error) {
      set({ row: null, error });
    }
  };
  useEffect(() => {
    if (one) refresh();
  }, [Boolean(one), id]);
  return { ...state, refresh };
}

/** Up and down, to the first and the last. */
function walkRows(event) {
  const links = [...event.currentTarget.querySelectorAll(".mail-link")];
  const at = links.indexOf(document.activeElement);
  const steps = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 };
  if (at < 0 || !(event.key in steps) || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  links[steps[event.key]]?.focus();
}

/** Calls what `keys` names when such a key is pressed outside of fields and dialogs. */
export function useKeys(keys) {
  const held = useRef(keys);
  held.current = keys;
  useLayoutEffect(() => {
    const press = (event) => {
      const typing = event.target.closest?.("input, select, textarea");
      if (typing || dialogs.value.length || event.altKey || event.ctrlKey || event.metaKey) return;
      const act = held.current[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
}

/** Of `"Kim" <kim@acme.example>` the name, where there is one. */
export const nameOfSender = (sender) =>
  (sender ?? "").replace(/\s*<[^<>]*>\s*$/, "").replace(/^"(.*)"$/, "$1").trim() || sender || t("mails.no_sender");

function Row({ row, id, base, told, marked, place }) {
  const { flags, attachments } = row;
  const unread = told && !flags.includes("\\Seen");
  return html`<li>
    <a class="mail-link ${unread ? "unread" : ""}" href=${address(...base, id)} data-id=${id}>
      <span class="mail-from">
        ${unread && html`<${Hidden}>${t("mails.unread")} <//>`}<${Name} text=${nameOfSender(row.from)} />
      </span>
      <span class="mail-what">
        ${flags.includes("\\Flagged") &&
        html`<span class="mail-star" aria-hidden="true">★</span><${Hidden}>${t("mails.flagged")} <//>`}
        <span class="mail-subject"><${Name} text=${row.subject || t("mails.no_subject")} /></span>
        ${row.snippet && html`<span class="mail-snippet"><${Marked} text=${row.snippet} words=${marked} /></span>`}
      </span>
      <span class="mail-facts">
        ${place && html`<span class="mail-place"><${Name} text=${place} /></span>`}
        ${attachments > 0 &&
        html`<span class="mail-clip"><${Icon} name="clip" /><${Hidden}>${t("mails.attachments", { n: attachments })}<//>
          <span aria-hidden="true">${attachments}</span></span>`}
        <span class="mail-size">${bytes(row.bytes)}</span>
      </span>
      <time datetime=${row.received} title=${moment(row.received)}>${stamp(row.received)}</time>
    </a>
  </li>`;
}

/** A text with what was searched for in it shown. */
function Marked({ text, words }) {
  const wanted = (words ?? "").match(/[\p{L}\p{N}]+/gu) ?? [];
  if (!wanted.length) return html`<${Name} text=${text} />`;
  const pieces = text.split(new RegExp(`(${wanted.join("|")})`, "iu"));
  return html`<bdi>${pieces.map((piece, index) => (index % 2 ? html`<mark>${piece}</mark>` : piece))}</bdi>`;
}
