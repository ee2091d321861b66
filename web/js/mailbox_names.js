// Mailboxes by their names: system mailboxes in the reader's language, folders as a tree.

import * as api from "./api.js";
import { has, t } from "./i18n.js";

let uses = new Map(); // path → special use, where one mailbox alone has it
let known = []; // ids of every mailbox there is

/** `GET /mailboxes`; from then on they have their names here. */
export async function fetchMailboxes() {
  const found = await api.mailboxes();
  learn(found.mailboxes);
  return found;
}

function learn(mailboxes) {
  const counts = new Map();
  for (const { special_use: use } of mailboxes) counts.set(use, (counts.get(use) ?? 0) + 1);
  const alone = mailboxes.filter(({ special_use: use }) => use && counts.get(use) === 1);
  uses = new Map(alone.map((mailbox) => [mailbox.path, mailbox.special_use]));
  known = mailboxes.map((mailbox) => mailbox.id);
}

/** Are these all the mailboxes there are? */
export const isEverything = (mailboxes) =>
  known.length > 1 && mailboxes.length >= known.length && everyKnown(mailboxes);

function everyKnown(mailboxes) {
  const ids = new Set(mailboxes.map((mailbox) => mailbox.id));
  return known.every((id) => ids.has(id));
}

/** The parts of a path as a person calls them: ["Inbox", "2024"]. */
export function segments(path) {
  const parts = path.split("/");
  return parts.map((part, index) => {
    const key = `use.${uses.get(parts.slice(0, index + 1).join("/"))}`;
    return has(key) ? t(key) : part;
  });
}

/** The whole path as a person calls it. */
export const pathName = (path) => segments(path).join("/");

/** The mailboxes as a tree: nodes `{path, name, above, mailbox, children}`, in the order they came;
 *  `mailbox` is null where a folder only holds others, `above` names the folders it is in. */
export function treeOf(mailboxes) {
  const roots = [];
  const nodes = new Map();
  const nodeFor = (path) => {
    if (nodes.has(path)) return nodes.get(path);
    const cut = path.lastIndexOf("/");
    const parts = segments(path);
    const above = parts.slice(0, -1).join("/");
    const node = { path, name: parts.at(-1), above, mailbox: null, children: [] };
    nodes.set(path, node);
    (cut < 0 ? roots : nodeFor(path.slice(0, cut)).children).push(node);
    return node;
  };
  for (const mailbox of mailboxes) nodeFor(mailbox.path).mailbox = mailbox;
  return roots;
}

/** A node and all below it, the node first, as [node, depth]. */
export function* walk(nodes, depth = 0) {
  for (const node of nodes) {
    yield [node, depth];
    yield* walk(node.children, depth + 1);
  }
}

/** Every mailbox at a node and below it. */
export const within = (node) => [...walk([node])].map(([{ mailbox }]) => mailbox).filter(Boolean);
