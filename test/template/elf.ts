/** What the dynamic linker of a machine is asked for by a native binary. */
export interface Elf {
  /** ELF `e_machine`: 0xB7 is AArch64, 0x3E x86-64. */
  readonly machine: number;
  /** Symbol versions that the libraries of the system must have, such as `GLIBC_2.34`. */
  readonly needs: readonly string[];
}

const versionNeeds = 0x6fff_fffe;

interface Section { readonly type: number; readonly offset: number; readonly size: number; readonly link: number; readonly info: number }

const sectionsOf = (file: Buffer): readonly Section[] => {
  const start = Number(file.readBigUInt64LE(40));
  const size = file.readUInt16LE(58);
  return Array.from({ length: file.readUInt16LE(60) }, (_, index) => {
    const at = start + index * size;
    return { type: file.readUInt32LE(at + 4), offset: Number(file.readBigUInt64LE(at + 24)), size: Number(file.readBigUInt64LE(at + 32)), link: file.readUInt32LE(at + 40), info: file.readUInt32LE(at + 44) };
  });
};

const textAt = (file: Buffer, at: number): string => file.toString('latin1', at, file.indexOf(0, at));

/** Walks the list of needed versions (System V ABI, "Symbol Versioning": Elf64_Verneed and Elf64_Vernaux). */
const needsIn = (file: Buffer, section: Section, strings: number): readonly string[] => {
  const needs: string[] = [];
  for (let need = section.offset, index = 0; index < section.info; index += 1) {
    for (let version = need + file.readUInt32LE(need + 8), count = file.readUInt16LE(need + 2); count > 0; count -= 1) {
      needs.push(textAt(file, strings + file.readUInt32LE(version + 8)));
      version += file.readUInt32LE(version + 12);
    }
    need += file.readUInt32LE(need + 12);
  }
  return needs;
};

/**
 * Reads a little-endian 64-bit ELF file.
 *
 * @returns undefined when it is not one
 */
export const readElf = (file: Buffer): Elf | undefined => {
  if (file.length < 64 || file.readUInt32BE(0) !== 0x7f45_4c46 || file[4] !== 2 || file[5] !== 1) return undefined;
  const sections = sectionsOf(file);
  const needs = sections.filter(({ type }) => type === versionNeeds).flatMap((section) => needsIn(file, section, sections[section.link]?.offset ?? 0));
  return { machine: file.readUInt16LE(18), needs };
};
