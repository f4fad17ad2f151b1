import { foundInAll, type ErasureReceipt, type StoreFinding } from '../../core/erasure/receipt';

const outcomes: Readonly<Record<ErasureReceipt['outcome'], string>> = {
  running: 'is running',
  erased: 'is complete: a search found nothing any more',
  held: 'is complete but for what may not be deleted yet',
  incomplete: 'is not complete',
  found: 'was a search alone; nothing was erased',
};

/** Stores of files that go whole: what they are copies of, or are made of, is kept without the subject. */
const whole: Readonly<Record<string, string>> = { landing: 'a file goes whole, as its rows are in raw', features: 'a file goes whole, as it is made anew of raw' };

const storeText = ({ store, found: { records, mentions, outstanding, expired, held, blocked } }: StoreFinding, isSearch: boolean): string => [
  `  ${store.padEnd(28)} ${records} ${isSearch ? 'would go' : 'found'}${mentions > 0 ? `, ${mentions} mentions in fields that are not personal ${isSearch ? 'would stay' : 'stay'}` : ''}${!isSearch && outstanding > 0 ? `, ${outstanding} still there` : ''}`,
  ...(isSearch && records > 0 && whole[store] !== undefined ? [`    ${whole[store]}`] : []),
  ...(expired.length === 0 ? [] : [`    ${isSearch ? 'could be read no more, as they hold what would go' : 'can be read no more'}: ${expired.join(', ')}`]),
  ...held.map(({ place, why }) => `    ${isSearch ? 'would be held' : 'held'}: ${place}: ${why}`),
  ...blocked.map(({ place, why }) => `    ${isSearch ? 'would be left' : 'left'}: ${place}: ${why}`),
].join('\n');

/** A receipt for people. */
export const receiptText = (receipt: ErasureReceipt): string => {
  const isSearch = receipt.outcome === 'found';
  const stores = foundInAll(receipt.rounds);
  // What has no rows of the subject and is to go once no commit is under way is of interest where something is erased.
  const told = stores.filter(({ found }) => found.records + found.mentions + (isSearch ? 0 : found.outstanding) + found.held.length + found.blocked.length > 0);
  return [
    `erasure ${receipt.erasure} ${outcomes[receipt.outcome]}`,
    `  ${isSearch ? 'searched' : 'of what arrived up to'} ${receipt.erasedAt}${receipt.endedAt === undefined ? '' : `, ended ${receipt.endedAt}`}, ${receipt.rounds.length} ${receipt.rounds.length === 1 ? 'round' : 'rounds'}, ${stores.length} stores`,
    ...(told.length === 0 ? ['  nothing was found'] : told.map((each) => storeText(each, isSearch))),
    ...(receipt.goesLater.length === 0 ? [] : ['goes by itself:', ...receipt.goesLater.map(({ what, at }) => `  ${at}  ${what}`)]),
    ...(receipt.rebuild.length === 0 ? [] : ['these views counted what was erased for entities of others, and differ from raw until they are rebuilt:', `  npx headrace features rebuild ${receipt.rebuild.join(' ')} --publish`]),
  ].map((line) => `${line}\n`).join('');
};
