// The viewer: files are dropped, mails listed, found, read and saved. Nothing leaves the computer.
const KOREAN = navigator.language.startsWith("ko");
const say = (ko, en) => (KOREAN ? ko : en);
const element = (id) => document.getElementById(id);
const PAGE = 50;
const SEOUL = 540; // minutes; names tell the time where the account is

class Worker1 {
  constructor(source, wasmBinary) {
    this.worker = new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
    this.waiting = new Map();
    this.next = 0;
    this.worker.onmessage = ({ data: { id, answer, error } }) => {
      const { done, failed } = this.waiting.get(id);
      this.waiting.delete(id);
      if (error === undefined) done(answer);
      else failed(new Error(error));
    };
    this.worker.onerror = (event) => {
      for (const { failed } of this.waiting.values()) failed(new Error(event.message));
    };
    this.ready = this.ask("start", { wasmBinary });
  }
  ask(call, given = {}) {
    return new Promise((done, failed) => {
      this.next += 1;
      this.waiting.set(this.next, { done, failed });
      this.worker.postMessage({ id: this.next, call, ...given });
    });
  }
}

async function unpack(base64) {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

let reader = null;
let query = null;
let turn = 0;
let chosen = null;

function status(text, wrong = false) {
  element("status").textContent = text;
  element("status").classList.toggle("wrong", wrong);
}

const counted = (n) => n.toLocaleString(KOREAN ? "ko" : "en");

async function open(files) {
  status(say("여는 중…", "Opening…"));
  try {
    reader ??= new Worker1(
      new TextDecoder().decode(await unpack(PACKED.worker)), await unpack(PACKED.wasm),
    );
    await reader.ready;
    const { mails, searchable, bare } = await reader.ask("open", { files });
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

function offsetOf() {
  return SEOUL;
}

async function search(source) {
  turn += 1;
  const mine = turn;
  try {
    query = parseQuery(source, offsetOf);
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    return status(
      say(`“${error.message}”을(를) 알 수 없습니다. before:2024-01-31, larger:10M과 같이 적어 주세요.`, `“${error.message}” is not understood; write it as in before:2024-01-31 or larger:10M.`),
      true,
    );
  }
  const began = performance.now();
  const [statement, values] = statementOf(query);
  await reader.ask("find", { statement, values, everything: source.trim() === "" });
  element("list").replaceChildren();
  element("more").hidden = true;
  const { shown, bytesRead } = await more(mine);
  if (mine !== turn) return;
  globalThis.lastSearch = { milliseconds: performance.now() - began, bytesRead, shown };
  status(shown ? "" : say("찾은 메일이 없습니다.", "Nothing found."));
}

// Rows of the next page; where the words alone cannot tell, each mail is looked at first.
async function more(mine) {
  let shown = 0;
  let answer = { more: true, bytesRead: 0 };
  const exact = query.terms.every(isExact);
  while (shown < PAGE && answer.more && mine === turn) {
    answer = await reader.ask("more", { count: PAGE - shown });
    if (!answer.found.length) break;
    for (const row of answer.found) {
      if (mine !== turn) return { shown, bytesRead: answer.bytesRead };
      if (exact || (await holds(row))) {
        element("list").append(rowOf(row));
        shown += 1;
      }
    }
  }
  element("more").hidden = !answer.more;
  return { shown, bytesRead: answer.bytesRead };
}

const LOOKED_AT = 32 * 1024 * 1024;

async function holds(row) {
  if (row.size > LOOKED_AT) return true;
  try {
    const mail = await parseMail(await inflate(await reader.ask("read", row)));
    return matches(query, textsOf(mail, row)) || hasDocument(mail);
  } catch {
    return true; // what cannot be looked at is shown: its words are there
  }
}

const when = new Intl.DateTimeFormat(KOREAN ? "ko" : "en", { dateStyle: "medium", timeStyle: "short", timeZone: "Asia/Seoul" });

const whichDay = new Intl.DateTimeFormat(KOREAN ? "ko" : "en", { dateStyle: "short", timeZone: "Asia/Seoul" });

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
    const entry = await reader.ask("read", row);
    const bytes = await inflate(entry);
    const mail = await parseMail(bytes);
    chosen = { row, entry, bytes, mail };
    draw(false);
  } catch (error) {
    status(say(`메일을 열 수 없습니다: ${error.message}`, `The mail cannot be opened: ${error.message}`), true);
  }
}

function draw(remote) {
  const { row, entry, bytes, mail } = chosen;
  element("reader").hidden = false;
  element("subject").textContent = mail.subject ?? say("(제목 없음)", "(no subject)");
  element("people").textContent = [
    `${say("보낸 사람", "From")}: ${named(mail.from)}`,
    `${say("받는 사람", "To")}: ${[...(mail.to ?? []), ...(mail.cc ?? [])].map(named).join(", ")}`,
    when.format(new Date(row.at * 1000)),
  ].join("\n");
  const { page, held } = pageOf(mail, { remote });
  element("remote").hidden = remote || held === 0;
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-popups allow-popups-to-escape-sandbox");
  frame.title = say("메일 내용", "The mail");
  frame.srcdoc = page;
  element("body").replaceChildren(frame);
  const files = mail.attachments.map((attachment) =>
    link(attachment.filename || attachment.mimeType, attachment.content, "application/octet-stream"),
  );
  element("files").replaceChildren(...files);
  element("save").replaceChildren(link(entry.name.slice(entry.name.lastIndexOf("/") + 1), bytes, "message/rfc822", say("메일 저장 (.eml)", "Save the mail (.eml)")));
  element("source").textContent = new TextDecoder("latin1").decode(bytes.subarray(0, 512 * 1024));
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
element("more").onclick = () => more(turn);
element("remote").onclick = () => draw(true);
document.ondragover = (event) => event.preventDefault();
document.ondrop = (event) => {
  event.preventDefault();
  if (event.dataTransfer.files.length) open([...event.dataTransfer.files]);
};
