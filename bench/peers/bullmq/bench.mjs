// What BullMQ does with the same work: node bench.mjs MODE COUNT HOST:PORT, on an empty Redis. Prints "figure value" lines;
// the value is what stands behind the last space.
import { FlowProducer, Queue, Worker } from 'bullmq';

const [mode, countText, endpoint] = process.argv.slice(2);
const count = Number(countText);
const [host, port] = endpoint.split(':');
const connection = { host, port: Number(port), maxRetriesPerRequest: null };

const QUEUE = 'work';
const CONCURRENCY = 100;
const BULK = 1000;
const FLOW_BULK = 200;
// 160 bytes, as each of Ripieno's inputs and results here.
const PAYLOAD = { workflow: 'w1', step: 's1', prompt: 'p'.repeat(119) };
const OPTIONS = { removeOnComplete: true, removeOnFail: 1000 };

const now = () => Number(process.hrtime.bigint()) / 1e6;
const pause = ms => new Promise(resolve => setTimeout(resolve, ms));
const tell = (figure, value) => console.log(`${figure} ${value}`);
const perSecond = (jobs, since) => jobs / (now() - since) * 1000;

async function submit(queue, jobs) {
  for (let done = 0; done < jobs; done += BULK) {
    const size = Math.min(BULK, jobs - done);
    await queue.addBulk(Array.from({ length: size }, () => ({ name: 'noop', data: PAYLOAD, opts: OPTIONS })));
  }
}

// A job counts when its worker was told that the store has recorded its end.
async function drain(jobs, work, counts = () => true) {
  const started = now();
  let done = 0;
  let worker;
  await new Promise(resolve => {
    worker = new Worker(QUEUE, work, { connection, concurrency: CONCURRENCY });
    worker.on('completed', job => { if (counts(job) && ++done === jobs) resolve(); });
    worker.on('error', error => console.error(error));
  });
  const rate = perSecond(jobs, started);
  await worker.close();
  return rate;
}

async function createFlows(producer, flows) {
  const job = (name, ...children) => ({ name, queueName: QUEUE, data: PAYLOAD, opts: OPTIONS, children });
  for (let done = 0; done < flows; done += FLOW_BULK) {
    const size = Math.min(FLOW_BULK, flows - done);
    await producer.addBulk(Array.from({ length: size }, () => job('review', job('execute', job('plan')))));
  }
}

// Twice in this process: 'first' pays for the start and for the compiler, as a script that is started once for its work does; the second is what a worker that
// has run for a while does.
async function twice(measure) {
  await measure('first ');
  await measure('');
}

const modes = {
  async submit() {
    const queue = new Queue(QUEUE, { connection });
    await twice(async which => {
      await queue.obliterate({ force: true });
      const started = now();
      await submit(queue, count);
      tell(`${which}submit`, perSecond(count, started));
    });
    await queue.close();
  },

  async drain() {
    const queue = new Queue(QUEUE, { connection });
    await twice(async which => {
      await submit(queue, count);
      tell(`${which}drain`, await drain(count, async () => {}));
    });
    await queue.close();
  },

  async flows() {
    const producer = new FlowProducer({ connection });
    await twice(async which => {
      const started = now();
      await createFlows(producer, count);
      tell(`${which}create`, perSecond(count, started));
      tell(`${which}execute`, await drain(count, async () => PAYLOAD, job => job.name === 'review'));
      tell(`${which}whole`, perSecond(count, started));
    });
    await producer.close();
  },

  async latency() {
    const warmUp = 50;
    const queue = new Queue(QUEUE, { connection });
    const latencies = [];
    let begun;
    const worker = new Worker(QUEUE, async job => {
      latencies.push(now() - job.data.at);
      begun();
    }, { connection, concurrency: CONCURRENCY });
    await worker.waitUntilReady();
    await pause(500);
    for (let job = 0; job < warmUp + count; job++) {
      const starts = new Promise(resolve => { begun = resolve; });
      await queue.add('stamp', { at: now() }, OPTIONS);
      await starts;
      await pause(15);
    }
    const sorted = latencies.slice(warmUp).sort((a, b) => a - b);
    tell('p50', sorted[Math.floor(sorted.length * 0.50)]);
    tell('p99', sorted[Math.floor(sorted.length * 0.99)]);
    await worker.close();
    await queue.close();
  },
};

await modes[mode]();
process.exit(0);
