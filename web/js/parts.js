// Pieces that several screens use. Everything from outside is set as text, never as markup.

import {
  Component,
  createContext,
  html,
  useContext,
  useEffect,
  useRef,
  useState,
} from "../vendor/htm-preact/standalone.mjs";
import { explain } from "./errors.js";
import { clean, language, t } from "./i18n.js";
import { complain } from "./ui.js";

const PATHS = {
  alert: "M10 6v5m0 2.6v.2M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15z",
  back: "M12 4 6 10l6 6",
  check: "m4 10.5 4 4 8-9",
  clip: "M15.500 9.500 9.800 15.200a3.600 3.600 0 0 1-5-5l6.200-6.200a2.400 2.400 0 0 1 3.400 3.400l-6.100 6.100a1.200 1.200 0 0 1-1.700-1.700l5.200-5.200",
  close: "m5 5 10 10M15 5 5 15",
  down: "m5 7.5 5 5 5-5",
  download: "M10 3v9m0 0 4-4m-4 4L6 8M4 16.5h12",
  eye: "M1.8 10S5 4.5 10 4.5 18.2 10 18.2 10 15 15.5 10 15.5 1.8 10 1.8 10zM10 7.6a2.4 2.4 0 1 0 0 4.8 2.4 2.4 0 0 0 0-4.8z",
  file: "M5 2.5h6.5L15 6v11.5H5zM11 2.5V6h4",
  find: "M9 3a6 6 0 1 0 0 12A6 6 0 0 0 9 3zM13.500 13.500 17 17",
  folder: "M2.5 5h5l1.6 2h8.4v8.5h-15z",
  inbox: "M3 11 5 4h10l2 7v5H3zM3 11h4l1 2h4l1-2h4",
  more: "M4.5 10h.01M10 10h.01M15.5 10h.01",
  pause: "M7 4.5v11M13 4.5v11",
  person: "M10 3.2a3.3 3.3 0 1 0 0 6.6 3.3 3.3 0 0 0 0-6.6zM3.8 17c.6-3.2 3-5 6.2-5s5.600 1.8 6.200 5",
  plus: "M10 4v12M4 10h12",
  send: "M10 16V5m0 0L6 9m4-4 4 4M4 16.5h12",
  up: "m5 12.500 5-5 5 5",
  clock: "M10 2.500a7.500 7.500 0 1 0 0 15 7.500 7.500 0 0 0 0-15zM10 6v4.300l2.800 1.700",
};

export const Icon = ({ name }) =>
  html`<svg class="icon icon-${name}" viewBox="0 0 20 20" aria-hidden="true">
    <path d=${PATHS[name]} />
  </svg>`;

/** A name from outside: its direction of writing is its own. */
export const Name = ({ text }) => html`<bdi>${clean(text)}</bdi>`;

/** Words for a screen reader alone. */
export const Hidden = ({ children }) => html`<span class="hidden-text">${children}</span>`;

/** Where a failed press reports: `report(error)`, null when a new one begins. */
export const Problems = createContext(complain);

/** A boxed message. `kind`: info, good, warn, bad. */
export const Note = ({ kind, children }) =>
  html`<div class="note ${kind}" role=${kind === "bad" ? "alert" : undefined}>
    <${Icon} name=${kind === "good" ? "check" : "alert"} />
    <div class="note-text">${children}</div>
  </div>`;

/** `kind`: good, busy, warn, bad, plain. */
export const Badge = ({ kind, children }) => html`<span class="badge ${kind}">${children}</span>`;

/** A bar with its line of text; `part` null while unknown. */
export const Progress = ({ label, part, text }) =>
  html`<div class="progress">
    <progress max="1" value=${part ?? undefined} aria-label=${clean(label)}></progress>
    <p class="progress-text">${text}</p>
  </div>`;

/** A button that runs `run()`, shows that it is at work and says what went wrong. `name`: what it is
 *  about, for those who do not see the row it stands in. `what`: a mark for tests. */
export function Action({ run, kind = "", name, what, type = "button", children, ...rest }) {
  const [busy, setBusy] = useState(false);
  const running = useRef(false);
  const report = useContext(Problems);
  const press = async () => {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    report(null);
    try {
      await run();
    } catch (error) {
      report(error);
    } finally {
      running.current = false;
      setBusy(false);
    }
  };
  // Not `disabled` while at work: that would take the focus away from it.
  return html`<button
    type=${type}
    class="button ${kind}"
    data-do=${what}
    aria-busy=${busy ? "true" : undefined}
    onclick=${press}
    ...${rest}
  >
    ${children}${name && html`<${Hidden}> ${clean(name)}<//>`}
  </button>`;
}

/** A label with its field below. */
export const Field = ({ id, label, hint, children }) =>
  html`<div class="field">
    <label for=${id}>${label}</label>
    ${children}
    ${hint && html`<p class="soft" id="${id}-hint">${hint}</p>`}
  </div>`;

/** A checkbox or radio button with its words. */
export const Check = ({ id, type = "checkbox", children, class: kind = "", ...rest }) =>
  html`<label class="check ${kind}" for=${id}>
    <input type=${type} id=${id} ...${rest} />
    <span class="grow">${children}</span>
  </label>`;

/** One of several; `say(value)`: its words. */
export const Radios = ({ label, say, name, values, value, change }) =>
  html`<fieldset>
    <legend>${label}</legend>
    <div class="radios">
      ${values.map(
        (each) =>
          html`<${Check}
            type="radio"
            name=${name}
            id="${name}-${each}"
            checked=${each === value}
            onchange=${() => change(each)}
          >
            ${say(each)}
          <//>`,
      )}
    </div>
  </fieldset>`;

/** A button that opens a short list of further actions. */
export function Menu({ label, what, children, face, kind = "quiet icon-only" }) {
  const [open, setOpen] = useState(false);
  const node = useRef(null);
  const button = useRef(null);
  useEffect(() => {
    if (!open) return undefined;
    const outside = (event) => !node.current.contains(event.target) && setOpen(false);
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open]);
  const shut = () => {
    setOpen(false);
    button.current?.focus(); // gone after signing out
  };
  const toggle = () => {
    button.current.focus(); // Safari does not by itself
    setOpen(!open);
  };
  const key = (event) => {
    if (!open) return;
    if (event.key === "Escape") shut();
    const left = () => node.current?.contains(document.activeElement) || setOpen(false);
    if (event.key === "Tab") setTimeout(left); // not wherever the focus goes: a new screen takes it, too
  };
  return html`<div class="menu" ref=${node} onkeydown=${key}>
    <button
      type="button"
      ref=${button}
      class="button ${kind}"
      data-do=${what}
      aria-expanded=${String(open)}
      onclick=${toggle}
    >
      ${face ?? html`<${Icon} name="more" />`}
      <${Hidden}>${label}<//>
    </button>
    ${open && html`<div class="menu-list" onclick=${shut}>${children}</div>`}
  </div>`;
}

/** Title row of a screen; the heading takes the focus when the screen opens. */
export function PageHead({ title, lead, below, name, children }) {
  useEffect(() => {
    screenTitle(name ?? title);
  }, [title, name, language()]);
  return html`<div class="page-head">
    <div class="grow">
      <h1 tabindex="-1">${name ? html`<${Name} text=${name} />` : title}</h1>
      ${lead && html`<p class="lead">${lead}</p>`}
      ${below}
    </div>
    <div class="page-actions">${children}</div>
  </div>`;
}

let shown = "";
let ahead = "";

/** The window's title: `part` in front of the screen's name while something is being sent. */
export function screenTitle(name = shown, part = ahead) {
  shown = name;
  ahead = part;
  document.title = `${part}${shown ? `${clean(shown)} · ` : ""}${t("title")}`;
}

const SLOW_MS = 4_000;

/** What stands where a list will be, while it is fetched; says so when that takes long. */
export function Loading() {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), SLOW_MS);
    return () => clearTimeout(timer);
  }, []);
  return html`<div class="loading" role="status">
    <p>${t(slow ? "loading_slow" : "loading")}</p>
    <span class="bone"></span><span class="bone"></span><span class="bone"></span>
  </div>`;
}

/** A list of `usePages`: its rows by `children(row)`, what is shown when there is none, and the rest. */
export function Listing({ list, label, empty, children, class: kind = "" }) {
  if (!list.rows) return list.error ? html`<${Failed} list=${list} />` : html`<${Loading} />`;
  return html`${list.error && html`<${Failed} list=${list} />`}
    ${list.rows.length ? null : empty}
    <ul class="rows ${kind}" aria-label=${label} hidden=${!list.rows.length}>
      ${list.rows.map(children)}
    </ul>
    ${list.more && html`<${Action} kind="wide-button" run=${list.more}>${t("action.more")}<//>`}`;
}

export const Failed = ({ list: { error, refresh } }) =>
  html`<${Note} kind="bad">
    <p>${explain(error)}</p>
    <${Action} run=${refresh}>${t("action.retry")}<//>
  <//>`;

/** Draws its children again only when `mark` (a string) or the language changes. */
export class Still extends Component {
  constructor(props) {
    super(props);
    this.language = language();
  }

  shouldComponentUpdate(next) {
    const spoken = language();
    const same = next.mark === this.props.mark && spoken === this.language;
    this.language = spoken;
    return !same;
  }

  render({ draw }) {
    return draw();
  }
}

/** The edge of a stamp of 72 by 84: a half circle cut out every six units. */
const EDGE = [
  "M0 0",
  "h1a2 2 0 0 0 4 0h1".repeat(12),
  "v1a2 2 0 0 0 0 4v1".repeat(14),
  "h-1a2 2 0 0 0-4 0h-1".repeat(12),
  "v-1a2 2 0 0 0 0-4v-1".repeat(14),
].join("");

/** The stamp of empty and finished states. `kind`: blank (a place for one), fresh, or done: then
 *  `date` stands in its postmark. */
export const Stamp = ({ kind, date }) =>
  html`<svg class="postage ${kind}" viewBox="0 0 112 92" aria-hidden="true">
    <g transform="translate(4 4)">
      <path class="postage-paper" d=${EDGE} />
      ${kind === "blank"
        ? html`<path class="postage-line" d="M22 34h28v20H22zm0 1 14 11 14-11" />`
        : html`<path class="postage-field" d="M7 7h58v70H7z" />
            <circle class="postage-sun" cx="47" cy="25" r="8" />
            <path class="postage-far" d="M7 55 25 36l15 15 8-7 17 14v19H7z" />
            <path class="postage-hill" d="M7 64q14-9 29-3t29-3v19H7z" />
            <path class="postage-letter" d="M23 53h26v18H23z" />
            <path class="postage-flap" d="m23 54 13 9 13-9" />`}
    </g>
    ${kind === "done" &&
    html`<g class="postmark">
      <circle cx="80" cy="56" r="26" /><circle cx="80" cy="56" r="19" />
      <path d="M104 44q4-4 8 0M104 53q4-4 8 0M104 62q4-4 8 0M104 71q4-4 8 0" />
      <text x="80" y="59">${date}</text>
    </g>`}
  </svg>`;

/** Nothing here yet: what will be, and how. */
export const Empty = ({ title, children }) =>
  html`<div class="empty">
    <${Stamp} kind="blank" />
    <p class="empty-title">${title}</p>
    ${children}
  </div>`;
