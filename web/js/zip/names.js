// Member names: a Unicode path extra field wins, then the UTF-8 flag, then UTF-8 if the bytes are
// that, else CP949, else CP437. The service decides the same way; here it is only for showing.

const strict = new TextDecoder("utf-8", { fatal: true });
const korean = new TextDecoder("euc-kr", { fatal: true }); // WHATWG's euc-kr is CP949
const CP437 =
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀" +
  "αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0";

export function decodeName(raw, unicodePath) {
  if (unicodePath) return unicodePath;
  for (const decoder of [strict, korean]) {
    try {
      return decoder.decode(raw);
    } catch {
      continue; // not this encoding
    }
  }
  let text = "";
  for (const byte of raw) text += byte < 128 ? String.fromCharCode(byte) : CP437[byte - 128];
  return text;
}

const TABLE = new Uint32Array(256).map((_, start) => {
  let value = start;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

/** CRC-32 of `data`, going on from that of what came before it. */
export function crc32(data, before = 0) {
  let value = before ^ 0xffffffff;
  for (const byte of data) value = TABLE[(value ^ byte) & 255] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

/** The Info-ZIP Unicode path (0x7075) of an extra field, if it belongs to this very name. */
export function unicodePathOf(extra, rawName) {
  if (extra.length < 9 || extra[0] !== 1) return null;
  const view = new DataView(extra.buffer, extra.byteOffset, extra.byteLength);
  if (view.getUint32(1, true) !== crc32(rawName)) return null;
  try {
    return strict.decode(extra.subarray(5));
  } catch {
    return null;
  }
}
