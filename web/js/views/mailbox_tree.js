// The mailboxes as a tree of boxes to tick.

import { html, useEffect, useRef } from "../../vendor/htm-preact/standalone.mjs";
import { t } from "../i18n.js";
import { treeOf, within } from "../mailbox_names.js";
import { Check, Hidden, Name } from "../parts.js";

const UNWANTED = new Set(["junk", "trash"]);

/** `chosen`: a Set of ids; `change(set)` with the new one. */
export function MailboxTree({ mailboxes, chosen, change }) {
  const roots = treeOf(mailboxes);
  const put = (boxes, on) => {
    const next = new Set(chosen);
    for (const { id } of boxes) on ? next.add(id) : next.delete(id);
    change(next);
  };
  const unwanted = mailboxes.filter(({ special_use: use }) => UNWANTED.has(use));
  return html`<fieldset class="tree-choice">
    <legend>${t("request.mailboxes")}</legend>
    <div class="tree-all">
      <${Tick} id="request-all" boxes=${mailboxes} chosen=${chosen} put=${put}>
        ${t("request.all_mailboxes")}
      <//>
      ${unwanted.length > 0 &&
      html`<button
        type="button"
        class="button quiet small"
        data-do="without-junk"
        onclick=${() => change(new Set(mailboxes.filter((box) => !unwanted.includes(box)).map((box) => box.id)))}
      >
        ${t("request.without_junk")}
      </button>`}
    </div>
    <${Branch} nodes=${roots} chosen=${chosen} put=${put} />
  </fieldset>`;
}

const Branch = ({ nodes, ...rest }) =>
  html`<ul class="tree">
    ${nodes.map(
      (node) =>
        html`<li key=${node.path}>
          <${Tick} id="request-${node.mailbox?.id ?? node.path}" boxes=${within(node)} ...${rest}>
            ${node.above && html`<${Hidden}><${Name} text=${node.above} />/<//>`}
            <${Name} text=${node.name} />
            ${node.mailbox &&
            html`<span class="soft count">${t("mails", { n: node.mailbox.messages })}</span>`}
          <//>
          ${node.children.length > 0 && html`<${Branch} nodes=${node.children} ...${rest} />`}
        </li>`,
    )}
  </ul>`;

/** One box for several mailboxes: ticked, empty, or in between. */
function Tick({ id, boxes, chosen, put, children }) {
  const count = boxes.filter((box) => chosen.has(box.id)).length;
  const holder = useRef(null);
  const some = count > 0 && count < boxes.length;
  useEffect(() => {
    holder.current.querySelector("input").indeterminate = some;
  }, [some]);
  const all = count === boxes.length && count > 0;
  return html`<span class="tick" ref=${holder}>
    <${Check} id=${id} checked=${all} onchange=${(event) => put(boxes, event.target.checked)}>
      ${children}
    <//>
  </span>`;
}
