import { promotionOption } from '../../cli/promotion-option';

describe('what a version is promoted to', () => {
  it.each([
    ['champion', undefined, { role: 'champion' }],
    ['shadow', undefined, { role: 'shadow' }],
    ['challenger', undefined, { role: 'challenger', weight: 0.1 }],
    ['challenger', '0.25', { role: 'challenger', weight: 0.25 }],
  ])('is read from --as %s and --weight %s', (role, weight, as) => {
    expect(promotionOption(role, weight)).toEqual(as);
  });

  it.each([
    ['a role that there is not', 'king', undefined, /--as is 'king'; it must be champion, challenger, shadow/u],
    ['a weight of a champion', 'champion', '0.2', /--weight is a challenger's; a champion has none/u],
    ['a weight of a shadow', 'shadow', '0.2', /a shadow has none/u],
    ['a weight of everything', 'challenger', '1', /--weight is '1'; it must be a share over 0 and under 1/u],
    ['a weight of nothing', 'challenger', '0', /--weight is '0'/u],
    ['a weight in percent', 'challenger', '10%', /--weight is '10%'/u],
    ['an empty weight', 'challenger', '', /--weight is ''/u],
  ])('is refused as wrong use with %s', (_what, role, weight, message) => {
    expect(() => promotionOption(role, weight)).toThrow(expect.objectContaining({ exitCode: 2, message: expect.stringMatching(message) as string }));
  });
});
