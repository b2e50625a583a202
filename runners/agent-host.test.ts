import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { AgentHost } from './agent-host/testing/agent-host.ts';

// Each test starts processes, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const hosts: AgentHost[] = [];
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.stop();
});

/** A host for a driver that is this code. */
async function code(source: string): Promise<AgentHost> {
  return keep(await AgentHost.startCode(source));
}

function keep(host: AgentHost): AgentHost {
  hosts.push(host);
  return host;
}

function failure(kind: string, message: unknown = expect.any(String)) {
  return { status: 'error', error: { kind, message } };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A process that has ended, and whose parent has not asked for it.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describe('a question', () => {
  test('gets private folders and its own for artifacts, and leaves nothing but these', async () => {
    const host = await code(`
      const fs = require('fs');
      for (const folder of [process.env.HOME, process.env.TMPDIR, params.artifacts_dir]) {
        if (fs.readdirSync(folder).length > 0) throw new Error(folder + ' is not empty');
        fs.writeFileSync(folder + '/file', 'x', { mode: 0o600 });
      }
      fs.mkdirSync(params.artifacts_dir + '/deep', { mode: 0o700 });
      fs.symlinkSync('/etc/passwd', params.artifacts_dir + '/link');
      fs.mkdirSync(process.env.HOME + '/locked/in', { recursive: true });
      fs.chmodSync(process.env.HOME + '/locked', 0);
      answer(JSON.stringify([process.cwd() === process.env.TMPDIR, params.question]));`);
    const job = await host.ask({ question: 'Wer ist da? 🙂', artifacts_dir: 'one' });
    expect(await host.done(job)).toMatchObject({ status: 'ok', result: { answer: '[true,"Wer ist da? 🙂"]' } });
    expect(readdirSync(join(host.artifacts, 'one')).sort()).toEqual(['deep', 'file', 'link']);
    expect(statSync(join(host.artifacts, 'one', 'file')).mode & 0o777).toBe(0o640);
    expect(statSync(join(host.artifacts, 'one', 'deep')).mode & 0o777).toBe(0o750);
    host.child.kill();
    expect(await once(host.child, 'exit')).toEqual([0, null]);
    expect(readdirSync(host.scratch)).toEqual([]);
  });

  test('has a deadline of its own, should nobody end it', async () => {
    const host = await code('setInterval(() => {}, 1000);');
    expect(await host.outcome({ deadline_seconds: 0.1 })).toEqual(failure('timeout'));
  });

  test('is told of by events that a client can resume, and which are kept until the next one', async () => {
    const host = await code(
      `for (const message of ['a', 'b', 'c']) say({ event: 'log', message }); console.log('banner'); console.error('note'); answer('x');`,
    );
    const job = await host.ask();
    const all = ['a', 'b', 'c'].map((message, at) => ({ seq: at + 1, event: 'log', message }));
    expect(await host.events(job)).toEqual([...all, { seq: 4, event: 'end' }]);
    expect(await host.events(job, 2)).toEqual([all[2], { seq: 4, event: 'end' }]);
    expect(await host.events(job, 4)).toEqual([{ seq: 4, event: 'end' }]);
    expect(await host.events(job, 99)).toEqual([{ seq: 4, event: 'end' }]);
    expect(host.stderr).toContain('banner\n');
    expect(host.stderr).toContain('note\n');
    await host.done(await host.ask());
    expect((await host.request(`/v1/jobs/${job}`)).status).toBe(404);
  });

  test('passes on 10,000 events, and counts the others', async () => {
    const host = await code(`for (let i = 0; i < 30000; i++) say({ event: 'log', message: 'm' + i }); answer('x');`);
    const events = await host.events(await host.ask());
    expect(events).toHaveLength(10_001);
    expect(events.at(-2)).toEqual({ seq: 10_000, event: 'log', message: 'm9999' });
    expect(events.at(-1)).toEqual({ seq: 10_001, event: 'end', dropped: 20_000 });
  });
});

describe('a driver that', () => {
  test.each([
    ['answers', `answer('x')`, { status: 'ok', result: { answer: 'x' } }],
    ['tells an error', `say({ status: 'error', error: { kind: 'model', message: '401' } })`, failure('model', '401')],
    [
      'does not read its input, however long',
      `require('fs').closeSync(0); answer('x')`,
      { status: 'ok', result: { answer: 'x' } },
    ],
    [
      'ends its last line by the end of its output',
      `process.stdout.write(JSON.stringify({ id, status: 'ok', result: { answer: 'x' } }))`,
      { status: 'ok', result: { answer: 'x' } },
    ],
    [
      'writes garbage after its result',
      `answer('x'); console.log('{garbage')`,
      { status: 'ok', result: { answer: 'x' } },
    ],
    [
      'exits with 1',
      `console.error('no route to host'); process.exit(1)`,
      failure('exit', 'the driver exited with 1; its standard error ends: no route to host'),
    ],
    [
      'exits with 1 after its result',
      `answer('x'); process.exitCode = 1`,
      failure('exit', 'the driver exited with 1, after its result'),
    ],
    ['crashes', `process.kill(process.pid, 'SIGSEGV')`, failure('signal', 'the driver was ended by SIGSEGV')],
    ['says nothing', '', failure('no_result', 'the driver exited with 0 without a result')],
    [
      'prints rubbish',
      `say({ event: 'log', message: '' }); console.log('{"rubbish"')`,
      failure('protocol', `line 2 of the driver's standard output is wrong: is not JSON. It reads "{\\"rubbish\\""`),
    ],
    [
      'answers for another',
      `console.log('{"id":"7","status":"ok","result":{"answer":""}}')`,
      failure('protocol', expect.stringContaining('`id` is "7"')),
    ],
    [
      'has a result without an answer',
      `say({ status: 'ok', result: { text: 'x' } })`,
      failure('protocol', expect.stringContaining('`answer` is missing')),
    ],
  ])('%s', async (_, source, outcome) => {
    const host = await code(source);
    expect(await host.outcome({ question: 'x'.repeat(200_000) })).toEqual(outcome);
  });

  test('is not there', async () => {
    const host = keep(await AgentHost.start('no-such-driver'));
    expect(await host.outcome()).toEqual(failure('start', expect.stringContaining('no-such-driver')));
  });

  test('writes its result and stays is ended, and has answered', async () => {
    const host = await code(`answer('x'); setInterval(() => {}, 1000);`);
    expect(await host.outcome()).toEqual({ status: 'ok', result: { answer: 'x' } });
  });

  test.each([
    ['stdout with lines', `1, Buffer.from('x'.repeat(1023) + '\\n')`, 'output_too_large'],
    ['stdout with one line', `1, Buffer.alloc(1024, 0x7b)`, 'protocol'],
    ['stderr', `2, Buffer.alloc(1024, 0x78)`, 'no_result'],
  ])('floods %s is ended, and takes no memory here', async (_, flood, kind) => {
    const host = await code(`
      const [fd, line] = [${flood}];
      const block = Buffer.concat(Array(1024).fill(line));
      for (let i = 0; i < 400; i++) require('fs').writeSync(fd, block);`);
    const before = memory(host);
    expect(await host.outcome()).toEqual(failure(kind));
    expect(memory(host) - before).toBeLessThan(128);
    expect(host.stderr.length).toBeLessThan(600_000);
  });

  test.runIf(process.platform === 'linux')('leaves processes in their own session, and with open output', async () => {
    const host = await code(`
      const { spawn } = require('child_process');
      const stay = ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)'];
      const child = spawn(process.execPath, stay, { detached: true, stdio: 'inherit' });
      say({ event: 'log', message: String(child.pid) });
      answer('x');
      process.exit(0);`);
    const job = await host.ask();
    const { message } = await host.firstEvent(job);
    expect(await host.done(job)).toMatchObject({ status: 'ok' });
    await expect.poll(() => isAlive(Number(message))).toBe(false);
  });
});

const canBeInit =
  process.platform === 'linux' && process.getuid?.() === 0 && !spawnSync('unshare', ['--version']).error;

test.skipIf(!canBeInit)(
  `as the first process of a container, kills what hides from it, too${canBeInit ? '' : ' (skipped: needs root and unshare)'}`,
  async () => {
    const host = keep(
      await AgentHost.startAsInit(`
        const { spawn } = require('child_process');
        spawn('sleep', ['7411741'], { detached: true, stdio: 'inherit', env: {} });
        say({ event: 'log', message: String(process.ppid) });
        answer('x');
        process.exit(0);`),
    );
    const job = await host.ask();
    expect(await host.firstEvent(job)).toMatchObject({ message: '1' });
    expect(await host.done(job)).toMatchObject({ status: 'ok' });
    await expect.poll(() => running('sleep 7411741')).toEqual([]);
    expect(await host.outcome()).toMatchObject({ status: 'ok' });
  },
);

function running(commandLine: string): string[] {
  return readdirSync('/proc').filter((name) => {
    try {
      return (
        /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() === commandLine
      );
    } catch {
      return false; // It ended meanwhile.
    }
  });
}

/** The most memory that the process has had resident, in MiB. */
function memory(host: AgentHost): number {
  const status = readFileSync(`/proc/${host.child.pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

describe('cancelled', () => {
  const stubborn = `process.on('SIGTERM', () => {}); say({ event: 'log', message: String(process.pid) }); setInterval(() => {}, 1000);`;

  test('a driver that ignores SIGTERM is killed', async () => {
    const host = await code(stubborn);
    const job = await host.ask();
    const { message } = await host.firstEvent(job);
    expect((await host.request(`/v1/jobs/${job}`, { method: 'DELETE' })).status).toBe(202);
    expect(await host.done(job)).toEqual({ job_id: job, state: 'done', ...failure('cancelled') });
    await expect.poll(() => isAlive(Number(message))).toBe(false);
    expect((await host.request(`/v1/jobs/${job}`, { method: 'DELETE' })).status).toBe(200);
  });

  test('by SIGTERM to the host, which then ends with all that it started', async () => {
    const host = await code(stubborn);
    const { message } = await host.firstEvent(await host.ask());
    host.child.kill();
    expect(await once(host.child, 'exit')).toEqual([0, null]);
    await expect.poll(() => isAlive(Number(message))).toBe(false);
    expect(readdirSync(host.scratch)).toEqual([]);
  });
});

describe('over HTTP', () => {
  let shared: AgentHost;
  beforeAll(async () => {
    shared = await AgentHost.startCode('');
    mkdirSync(join(shared.artifacts, 'full'));
    writeFileSync(join(shared.artifacts, 'full', 'file'), '');
  });
  afterAll(async () => shared.stop());

  test('tells what it is before the driver has told it, and what that told', async () => {
    const host = await code('');
    const { body } = await host.request('/v1/info');
    expect(body).toMatchObject({ protocol: 1, bootId: expect.any(String) });
    await expect.poll(async () => (await host.request('/v1/info')).body).toEqual({ ...body, driver: 'code 1' });
    const other = await code('');
    expect((await other.request('/v1/info')).body['bootId']).not.toBe(body['bootId']);
  });

  test.each([
    ['no driver', [], 'name the driver after --'],
    ['an odd port', ['--port', 'x', '--', 'true'], '--port is x'],
    ['an unknown flag', ['--prot', '1', '--', 'true'], "Unknown option '--prot'"],
  ])('is not served for %s', (_, args, message) => {
    const { status, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, 'agent-host.ts'), ...args]);
    expect([status, String(stderr)]).toEqual([2, expect.stringContaining(message)]);
  });

  test('takes one question at a time', async () => {
    const host = await code('setInterval(() => {}, 1000);');
    await host.ask();
    expect(await host.request('/v1/actions/ask', { method: 'POST', body: '{}' })).toEqual({
      status: 409,
      body: { error: { kind: 'busy', message: 'another question is worked on' } },
    });
  });

  test.each([
    ['no object', 'POST', '/v1/actions/ask', '[]', 400, 'the body is not a JSON object'],
    ['no JSON', 'POST', '/v1/actions/ask', '{', 400, 'the body is not JSON'],
    [
      'a deadline of 0',
      'POST',
      '/v1/actions/ask',
      '{"deadline_seconds":0}',
      400,
      '`deadline_seconds` must be a number above 0',
    ],
    [
      'artifacts elsewhere',
      'POST',
      '/v1/actions/ask',
      '{"artifacts_dir":"/etc"}',
      400,
      '`artifacts_dir` must be a folder below',
    ],
    [
      'artifacts above',
      'POST',
      '/v1/actions/ask',
      '{"artifacts_dir":"../x"}',
      400,
      '`artifacts_dir` must be a folder below',
    ],
    [
      'a folder that is not empty',
      'POST',
      '/v1/actions/ask',
      '{"artifacts_dir":"full"}',
      400,
      'name one that is empty',
    ],
    ['another action', 'POST', '/v1/actions/dance', '{}', 404, 'there is no action "dance"'],
    ['a job that is not known', 'GET', '/v1/jobs/x', undefined, 404, 'there is no job "x"'],
    ['a path', 'GET', '/v2/info', undefined, 404, 'there is no GET /v2/info'],
    ['a long body', 'POST', '/v1/actions/ask', `"${'x'.repeat(3_000_000)}"`, 413, 'the body has more than 1 MiB'],
  ])('refuses %s', async (_, method, path, body, status, message) => {
    const answer = await shared.request(path, { method, ...(body !== undefined && { body }) });
    expect(answer).toMatchObject({ status, body: { error: { message: expect.stringContaining(message) } } });
  });
});
