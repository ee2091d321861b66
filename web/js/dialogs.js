// Dialogs are forms: one way to send them, one place for what went wrong, Escape closes.

import { html, useEffect, useErrorBoundary, useRef, useState } from "../vendor/htm-preact/standalone.mjs";
import { explain } from "./errors.js";
import { t } from "./i18n.js";
import { Action, Hidden, Icon, Note, Problems } from "./parts.js";
import { useValue } from "./store.js";
import { closeDialogs, complain, dialogs, focusTitle, openDialog } from "./ui.js";

let counter = 0;

/** A modal form. `send()` runs when it is sent (by its button or Enter); the caller closes it.
 *  `ready` false greys the button. `aside` stands beside the body where there is room; where there is
 *  not, `brief` says its gist beside the button. */
export function Dialog(props) {
  const { title, close, wide, send, label, kind = "primary", ready = true, back, aside, brief } = props;
  const node = useRef(null);
  const heading = useRef(null);
  const running = useRef(false);
  const [id] = useState(() => `dialog-${(counter += 1)}`);
  const [problem, report] = useState(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    const held = node.current;
    const opener = document.activeElement;
    held.showModal();
    heading.current.focus();
    return () => {
      held.close(); // gives the focus back to what opened it
      if (opener?.isConnected && opener !== document.body) opener.focus();
      else focusTitle();
    };
  }, []);
  useEffect(() => {
    if (!problem) return;
    node.current.querySelector("[role=alert]")?.scrollIntoView({ block: "nearest" });
    if (problem.field) document.getElementById(problem.field)?.focus();
  }, [problem]);
  const submit = async (event) => {
    event.preventDefault();
    if (!ready || running.current) return;
    running.current = true;
    setBusy(true);
    report(null);
    try {
      await send();
    } catch (error) {
      report(error);
    } finally {
      running.current = false;
      setBusy(false);
    }
  };
  const cancel = (event) => {
    if (event.target !== node.current) return; // a file chooser's own
    event.preventDefault();
    close();
  };
  return html`<dialog
    ref=${node}
    class=${wide ? "wide" : ""}
    aria-labelledby=${id}
    oncancel=${cancel}
    onclose=${() => close()}
  >
    <${Problems.Provider} value=${report}>
      <form novalidate onsubmit=${submit}>
        <div class="dialog-head">
          <h2 id=${id} tabindex="-1" ref=${heading}>${title}</h2>
          <button type="button" class="button quiet icon-only" onclick=${() => close()}>
            <${Icon} name="close" /><${Hidden}>${t("action.close")}<//>
          </button>
        </div>
        <div class="dialog-body ${aside ? "two" : ""}">
          <div class="dialog-main">${props.children}</div>
          ${aside && html`<div class="dialog-aside">${aside}</div>`}
        </div>
        ${problem && html`<${Note} kind="bad">${problem.view ?? explain(problem)}<//>`}
        <div class="dialog-foot">
          ${brief && html`<p class="brief" aria-hidden="true">${brief}</p>`}
          <button type="button" class="button" onclick=${() => close()}>
            ${back ?? t("action.close")}
          </button>
          ${send &&
          html`<button
            type="submit"
            class="button ${kind}"
            disabled=${!ready}
            aria-busy=${busy ? "true" : undefined}
          >
            ${label}
          </button>`}
        </div>
      </form>
    <//>
  </dialog>`;
}

/** Where the open dialogs are drawn. */
export function Dialogs() {
  const open = useValue(dialogs);
  const [error] = useErrorBoundary(); // a dialog that cannot be drawn must not take the page along
  if (error) {
    complain(error);
    closeDialogs();
  }
  return open.map((entry) => html`<div key=${entry.id}>${entry.draw(entry.close)}</div>`);
}

/** Asks before something that cannot be undone, or is much; runs it inside the dialog. True when
 *  done. */
export function confirmAction({ title, text, label, run, kind = "danger" }) {
  return openDialog(
    (close) =>
      html`<${Dialog}
        title=${title}
        label=${label}
        kind=${kind}
        back=${t("action.back")}
        close=${close}
        send=${async () => {
          await run();
          close(true);
        }}
      >
        ${[text].flat().map((line) => html`<p>${line}</p>`)}
      <//>`,
  );
}
