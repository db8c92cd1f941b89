/** As many characters of base64 as hold a piece of sixteen whatever stands before it, and of hexadecimal. */
const BASE64 = /[A-Za-z0-9+/_-]{20,}/g;
const HEX = /[0-9a-fA-F]{32,}/g;

const decoded = (text: string, run: RegExp, encoding: 'base64' | 'hex', unit: number): string => {
  const parts: string[] = [];
  for (const [piece] of text.matchAll(run)) {
    // Where the encoding began is not known: something else may stand before it.
    for (let offset = 0; offset < unit; offset += 1)
      parts.push(Buffer.from(piece.slice(offset), encoding).toString('latin1'));
  }
  return parts.join('\n');
};

const unescaped = (text: string): string =>
  text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_, code: string | undefined, letter: string) =>
    code === undefined ? letter : String.fromCharCode(Number.parseInt(code, 16)),
  );

const urlDecoded = (text: string): string =>
  text.replace(/%([0-9a-fA-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));

/** A text as it stands, and what it says where it is encoded: URL, JSON (also in JSON), base64 at any offset, hexadecimal. */
export function* formsOf(text: string): Generator<readonly [string, string]> {
  yield ['plain', text];
  if (text.includes('%')) yield ['URL-encoded', urlDecoded(text)];
  if (text.includes('\\')) {
    const once = unescaped(text);
    yield ['JSON', once];
    if (once.includes('\\')) yield ['JSON in JSON', unescaped(once)];
  }
  const fromBase64 = decoded(text, BASE64, 'base64', 4);
  if (fromBase64 !== '') yield ['base64', fromBase64];
  const fromHex = decoded(text, HEX, 'hex', 2);
  if (fromHex !== '') yield ['hexadecimal', fromHex];
}
