import { protobufText } from '../../../core/contract/protobuf/text';
import { fileOfDescriptor } from '../wire/protobuf-descriptor';

const base64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/u;

/**
 * A schema in the language of Protocol Buffers, in which form ever it was registered: Python's client gives the registry a
 * serialized descriptor in base64, and some registries keep it as it came. What is neither is left as it is, and refused by who reads it.
 */
export const protobufDefinition = (text: string): string => {
  if (!base64.test(text)) return text;
  try { return protobufText(fileOfDescriptor(Buffer.from(text, 'base64'))); } catch { return text; }
};
