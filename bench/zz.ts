import { flightsExample } from './flights';
import { kinesisRecord } from './validate';
import { landedEvent } from '../examples/flights/flight';
import { playbackStart } from '../examples/flights/prepare';
import { receivedFromKinesis } from '../lib/runtime/kinesis-record';
import { judge } from '../core/contract/judge';
import { foldingOf, prepareBatch } from '../lambdas/feature-aggregator/prepare';
import { fold, decodeState, encodeState } from '../core/window';
const day=86400000;
(async () => {
  const { manifest, contracts, landings } = await flightsExample();
  const from = Date.parse(playbackStart);
  const flights = await landings(from, from + 6 * day);
  const counts = new Map<string, number>();
  for (const { origin } of flights) counts.set(origin, (counts.get(origin) ?? 0) + 1);
  const busiest = new Set([...counts].sort(([, l], [, r]) => r - l).slice(0, 100).map(([o]) => o));
  const records = flights.filter(({ origin }) => busiest.has(origin)).slice(0, 50000).map((f, i) => kinesisRecord(Buffer.from(JSON.stringify(landedEvent(f))).toString('base64'), f.origin, i));
  const folding0 = foldingOf(manifest, contracts);
  const plans = new Map([...folding0.plans].map(([n, e]) => [n, e.filter(({ view }) => view.name === 'airport_departures')]));
  const folding = { ...folding0, plans, generationsOf: () => [1] };
  for (let r=0;r<5;r++) {
    let t=performance.now();
    const rec = records.map(receivedFromKinesis); const t1=performance.now()-t; t=performance.now();
    for (const x of rec) judge(x, folding.contracts); const t2=performance.now()-t; t=performance.now();
    const batches=[]; for (let i=0;i<100;i++) batches.push(prepareBatch(rec.slice(i*500,i*500+500), folding)); const t3=performance.now()-t;
    const items = new Map<string, Uint8Array>(); let td=0,tf=0,te=0;
    for (const {items: its} of batches) for (const {key, plan, brought} of its) {
      const k=key.entity; const b=items.get(k);
      t=performance.now(); const s=b&&decodeState(plan,b); td+=performance.now()-t; t=performance.now();
      const f=fold(plan,s,brought.map(p=>p.prepared),{streamRetention:day}); tf+=performance.now()-t; t=performance.now();
      items.set(k, encodeState(plan,f.state)); te+=performance.now()-t;
    }
    console.log({decode:t1|0,judge:t2|0,prepareWithJudge:t3|0,dec:td|0,fold:tf|0,enc:te|0});
  }
})();
