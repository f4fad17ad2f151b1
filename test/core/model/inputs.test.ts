import type { ExpressionNode, FeatureNode, RequestNode } from '../../../core/definition/node';
import { inputsOf, missingInputs, viewsReadBy, writeInputs } from '../../../core/model/inputs';
import type { ModelInput } from '../../../core/manifest/manifest';

const feature = (slot: string, name: string): FeatureNode => ({ kind: 'feature', slot, view: 'sales', version: 2, feature: name, scalar: 'float' });
const asked = (name: string, scalar: RequestNode['scalar'] = 'float'): RequestNode => ({ kind: 'request', name, scalar });
const ratio: ExpressionNode = { kind: 'arithmetic', operator: 'divide', left: asked('price'), right: feature('buyer', 'mean_1h'), scalar: 'float' };
const input = (name: string, expression: ExpressionNode): ModelInput => ({ name, scalar: expression.scalar, expression });

describe('the inputs of a model', () => {
  const model = { name: 'fraud', inputs: [
    input('ratio', ratio), input('mean', feature('seller', 'mean_1h')), input('web', asked('web', 'boolean')), input('since', asked('since', 'timestamp')),
    input('dear', { kind: 'logic', operator: 'and', operands: [{ kind: 'not', of: asked('web', 'boolean'), scalar: 'boolean' }, { kind: 'compare', operator: 'gt', left: feature('buyer', 'max_1h'), right: { kind: 'literal', value: 5, scalar: 'int' }, scalar: 'boolean' }], scalar: 'boolean' }),
  ] };
  const features: Readonly<Record<string, number | null>> = { 'buyer.mean_1h': 4, 'seller.mean_1h': null, 'buyer.max_1h': 9 };
  const values = inputsOf(model)({ request: { price: 10, web: false, since: 1_000_000_000_500 }, feature: (node) => features[`${node.slot}.${node.feature}`] ?? null });

  it('read each slot and view once', () => {
    expect(viewsReadBy(model)).toEqual([{ slot: 'buyer', view: 'sales', version: 2 }, { slot: 'seller', view: 'sales', version: 2 }]);
  });

  it('are worked out from the request and the features, absent where what they need is absent', () => {
    expect(values).toEqual([2.5, null, false, 1_000_000_000_500, true]);
    expect(missingInputs(model, values)).toEqual(['mean']);
  });

  it('are numbers for a model file: absent is NaN, booleans are 0 and 1, timestamps are seconds', () => {
    const tensor = new Float32Array(7);
    writeInputs(model, values, tensor, 1);
    expect([...tensor]).toEqual([0, 2.5, Number.NaN, 0, Math.fround(1_000_000_000.5), 1, 0]);
  });

  it('cannot be text', () => {
    expect(() => { writeInputs({ name: 'fraud', inputs: [input('channel', asked('channel', 'string'))] }, ['web'], new Float32Array(1), 0); }).toThrow(/input channel of the model fraud is text/u);
  });
});
