// Files of a backup, looked into: listed, searched, read. SQLite reads the search files in a worker.

import { hasDocument, inflate, textsOf } from "./mail.js";
import { isExact, matches, parseQuery, statementOf } from "./query.js";

const LOOKED_AT = 32 * 1024 * 1024; // a larger mail is shown for its words alone

export class Volume {
  /** `files`, `mails`: `Asked` of worker.js and of parse_worker.js; `parser`: a DOMParser. */
  constructor({ files, mails, parser }) {
    Object.assign(this, { files, mails, parser, query: null, turn: 0 });
  }

  /** `{mails, searchable, bare, zone}` of files of a disk or `{url, size}`. Raises Error("not_a_zip"). */
  open(sources) {
    return this.files.ask("open", { files: sources });
  }

  /** Begins a search, newest first; the rows come by `more`. `offsetOf(instant)`: minutes to add to
   *  UTC. Raises QueryError. */
  async find(source, offsetOf) {
    this.query = parseQuery(source, offsetOf);
    this.turn += 1;
    const [statement, values] = statementOf(this.query);
    await this.files.ask("find", { statement, values, everything: source.trim() === "" });
  }

  /** `{rows, more, bytesRead}` of the next rows of the last search, or null where another began
   *  meanwhile. Where the words alone cannot tell, each mail is looked at first. */
  async more(count) {
    const mine = this.turn;
    const exact = this.query.terms.every(isExact);
    const rows = [];
    let answer = { more: true, bytesRead: 0 };
    while (rows.length < count && answer.more) {
      answer = await this.files.ask("more", { count: count - rows.length });
      for (const row of answer.found) {
        const wanted = mine === this.turn && (exact || (await this.holds(row)));
        if (mine !== this.turn) return null;
        if (wanted) rows.push(row);
      }
      if (!answer.found.length) break;
    }
    return { rows, more: answer.more, bytesRead: answer.bytesRead };
  }

  async holds(row) {
    if (row.size > LOOKED_AT) return true;
    try {
      const { mail } = await this.read(row);
      return matches(this.query, textsOf(mail, row, this.parser)) || hasDocument(mail);
    } catch {
      return true; // what cannot be looked at is shown: its words are there
    }
  }

  /** `{name, bytes, mail}` of a row: its file's name, its exact bytes, and these taken apart. */
  async read(row) {
    const entry = await this.files.ask("read", row);
    const bytes = await inflate(entry);
    return { name: entry.name, bytes, mail: await this.mails.ask("parse", { bytes }) };
  }
}
