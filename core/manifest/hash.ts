import { createHash } from 'node:crypto';

/** JSON with sorted keys and without undefined members: the same data gives the same text. */
export const canonicalJson = (value: unknown): string => JSON.stringify(value, (_key, member: unknown) =>
  typeof member === 'object' && member !== null && !Array.isArray(member)
    ? Object.fromEntries(Object.entries(member).sort(([left], [right]) => (left < right ? -1 : 1)))
    : member);

/** SHA-256 of text or bytes, in hexadecimal. */
export const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** SHA-256 of the canonical JSON of a definition, without what changes no meaning. */
export const contentHash = (definition: object & { readonly owner?: string; readonly description?: string }): string => {
  const { owner: _owner, description: _description, ...meaning } = definition;
  return sha256(canonicalJson(meaning));
};
