// The viewer: files are dropped, mails listed, found, read and saved. Nothing leaves the computer.

import { Asked } from "./asked.js";
import { MailDecoder } from "./decoder.js";
import { SANDBOX, fill } from "./frame.js";
import { named } from "./mail.js";
import { QueryError } from "./query.js";
import { Volume } from "./volume.js";
import { knownZone, offsetIn } from "./zones.js";

const KOREAN = navigator.language.startsWith("ko");
const say = (ko, en) => (KOREAN ? ko : en);
const element = (id) => document.getElementById(id);
const PAGE = 50;

async function unpack(base64) {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

let volume = null;
let chosen = null;
let offsetOf = offsetIn();
let when, whichDay; // dates as the account has them, where the backup says where that is

async function begin() {
  const wasmBinary = await unpack(PACKED.wasm);
  const files = new Asked(await workerOf(PACKED.worker));
  await files.ask("start", { wasmBinary });
  const mails = new Asked(await workerOf(PACKED.parser), 20_000);
  return new Volume({ files, mails, parser: new DOMParser() });
}

async function workerOf(packed) {
  const source = new TextDecoder().decode(await unpack(packed));
  return () => new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
}

function status(text, wrong = false) {
  element("status").textContent = text;
  element("status").classList.toggle("wrong", wrong);
}

const counted = (n) => n.toLocaleString(KOREAN ? "ko" : "en");

async function open(files) {
  status(say("여는 중…", "Opening…"));
  try {
    volume ??= await begin();
    const { mails, searchable, bare, zone } = await volume.open(files);
    datesIn(knownZone(zone));
    element("drop").hidden = true;
    element("main").hidden = false;
    element("query").disabled = !searchable;
    element("bare").hidden = bare === 0;
    element("bare").textContent = say(
      "찾기 정보가 없는 백업 파일이 있습니다. 그 메일은 목록에만 보입니다.",
      "A file has no search files: its mails are listed, not searched.",
    );
    document.title = `${files[0].name} · ${say("편지", "Pyeonji")}`;
    element("total").textContent = say(`메일 ${counted(mails)}통`, `${counted(mails)} mails`);
    await search("");
  } catch (error) {
    status(
      error.message === "not_a_zip"
        ? say("백업 ZIP 파일이 아니거나 내려받기가 끝나지 않은 파일입니다. 다시 내려받아 주세요.", "This is no backup ZIP, or its download is not complete. Download it again.")
        : say(`열 수 없습니다: ${error.message}`, `It cannot be opened: ${error.message}`),
      true,
    );
  }
}

function datesIn(timeZone) {
  const language = KOREAN ? "ko" : "en";
  offsetOf = offsetIn(timeZone);
  when = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short", timeZone });
  whichDay = new Intl.DateTimeFormat(language, { dateStyle: "short", timeZone });
}

async function search(source) {
  const began = performance.now();
  try {
    await volume.find(source, offsetOf);
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    return status(
      say(`“${error.message}”을(를) 알 수 없습니다. before:2024-01-31, larger:10M과 같이 적어 주세요.`, `“${error.message}” is not understood; write it as in before:2024-01-31 or larger:10M.`),
      true,
    );
  }
  element("list").replaceChildren();
  element("more").hidden = true;
  const found = await more();
  if (!found) return;
  globalThis.lastSearch = { milliseconds: performance.now() - began, bytesRead: found.bytesRead, shown: found.rows.length };
  status(found.rows.length ? "" : say("찾은 메일이 없습니다.", "Nothing found."));
}

async function more() {
  const found = await volume.more(PAGE);
  if (!found) return null;
  element("list").append(...found.rows.map(rowOf));
  element("more").hidden = !found.more;
  return found;
}

function rowOf(row) {
  const item = document.createElement("button");
  item.className = "row";
  const cells = [
    ["from", row.sender.replace(/\s*<[^<>]*>\s*$/, "").replace(/^"|"$/g, "") || row.sender],
    ["subject", row.subject || say("(제목 없음)", "(no subject)")],
    ["date", whichDay.format(new Date(row.at * 1000))],
  ];
  item.dataset.mark = row.mark;
  for (const [name, text] of cells) {
    const cell = document.createElement("span");
    cell.className = name;
    cell.dir = "auto";
    cell.textContent = text + (name === "subject" && row.attachments ? " 📎" : "");
    item.append(cell);
  }
  item.onclick = () => show(row, item);
  return item;
}

async function show(row, item) {
  document.querySelector(".row.chosen")?.classList.remove("chosen");
  item.classList.add("chosen");
  try {
    chosen = { row, ...(await volume.read(row)) };
    draw(false);
  } catch (error) {
    status(say(`메일을 열 수 없습니다: ${error.message}`, `The mail cannot be opened: ${error.message}`), true);
  }
}

function draw(pictures) {
  const { row, name, bytes, mail } = chosen;
  element("reader").hidden = false;
  element("subject").textContent = mail.subject ?? say("(제목 없음)", "(no subject)");
  element("people").textContent = [
    `${say("보낸 사람", "From")}: ${named(mail.from)}`,
    `${say("받는 사람", "To")}: ${[...(mail.to ?? []), ...(mail.cc ?? [])].map(named).join(", ")}`,
    when.format(new Date(row.at * 1000)),
  ].join("\n");
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", SANDBOX);
  frame.title = say("메일 내용", "The mail");
  frame.srcdoc = pictures ? PACKED.pictures : PACKED.mail;
  frame.onload = () => {
    frame.onload = null;
    element("remote").hidden = fill(frame, mail, { pictures }).held === 0 || pictures;
    frame.dataset.filled = "";
  };
  element("body").replaceChildren(frame);
  const files = mail.attachments.map((attachment) =>
    link(attachment.filename || attachment.mimeType, attachment.content, "application/octet-stream"),
  );
  element("files").replaceChildren(...files);
  element("save").replaceChildren(link(name.slice(name.lastIndexOf("/") + 1), bytes, "message/rfc822", say("메일 저장 (.eml)", "Save the mail (.eml)")));
  element("source").textContent = new MailDecoder().decode(bytes.subarray(0, 512 * 1024));
}

const made = [];

function link(name, content, type, text = name) {
  const anchor = document.createElement("a");
  const url = URL.createObjectURL(new Blob([content], { type }));
  made.push(url);
  while (made.length > 200) URL.revokeObjectURL(made.shift());
  anchor.href = url;
  anchor.download = name.replace(/[\\/:*?"<>|\u0000-\u001f]/g, "_");
  anchor.textContent = text;
  return anchor;
}

for (const node of document.querySelectorAll("[data-en]")) if (!KOREAN) node.textContent = node.dataset.en;
document.documentElement.lang = KOREAN ? "ko" : "en";
element("query").placeholder = say("찾기: 회의록 from:kim after:2024-03 has:attachment", "Find: report from:kim after:2024-03 has:attachment");
element("file").onchange = (event) => open([...event.target.files]);
element("form").onsubmit = (event) => {
  event.preventDefault();
  search(element("query").value);
};
element("more").onclick = more;
element("remote").onclick = () => draw(true);
document.ondragover = (event) => event.preventDefault();
document.ondrop = (event) => {
  event.preventDefault();
  if (event.dataTransfer.files.length) open([...event.dataTransfer.files]);
};
