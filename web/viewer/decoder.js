// Korean mail names one charset and uses another, or names none. What does not decode as its label
// says is UTF-8, else CP949 (which is what browsers call euc-kr).
const BrowserDecoder = globalThis.TextDecoder;
export class MailDecoder {
  constructor(label = "utf-8") {
    this.encoding = label;
    this.first = /ascii|8859-1$|1252/i.test(label) ? "utf-8" : label;
    this.last = new BrowserDecoder(label);
  }
  decode(bytes) {
    if (!bytes) return "";
    const data = bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes;
    for (const label of [this.first, "utf-8", "euc-kr"]) {
      try {
        return new BrowserDecoder(label, { fatal: true }).decode(data);
      } catch {
        // another, then
      }
    }
    return this.last.decode(data);
  }
}
