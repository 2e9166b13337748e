/** What users' Python sees and what becomes of what it returns, in real guests. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Code, openPythonGuests, type ProgramSettings, type PythonProgram, receivedAt } from './python.fixture.ts'
import { python } from './python.ts'

let guests: Awaited<ReturnType<typeof openPythonGuests>>
/** Gives events back as they are, and what the value of an event is. */
let identity: PythonProgram
let evaluated: PythonProgram
/** Gives events back after their statement was executed. */
let executed: PythonProgram

beforeAll(async () => {
  guests = await openPythonGuests()
  identity = await guests.open('def transform(event):\n    return event\n')
  executed = await guests.open(
    'def transform(event):\n    statement = event.pop("statement")\n    exec(statement)\n    return event\n',
  )
  evaluated = await guests.open('def transform(event):\n    return eval(event["value"])\n')
})
afterAll(() => guests.close())

async function opened(code: Code, settings?: ProgramSettings): Promise<PythonProgram & AsyncDisposable> {
  const program = await guests.open(code, settings)
  return { ...program, [Symbol.asyncDispose]: async () => program.guest.close() }
}

/** Why code is refused. */
async function refusal(code: Code, settings?: ProgramSettings): Promise<unknown> {
  try {
    await using _ = await opened(code, settings)
  } catch (error) {
    const { code, fields } = error as { code: string; fields: unknown }
    expect(code).toBe('invalid_code')
    return fields
  }
  throw new Error('It was not refused')
}

describe('an event', () => {
  it('is a dict with its metadata; what is returned goes on without it', async () => {
    await using program = await opened(`
def transform(event):
    return {'seen': event}
`)
    const { outcomes, heads } = await program.run([{ a: 1 }], {
      types: ['page', 'click'],
      events: [['id-0', 0, 1, receivedAt, 5, 2, 'parent-1']],
    })
    expect(JSON.parse((outcomes[0] as string[])[0]!)).toEqual({
      seen: {
        a: 1,
        _metadata: {
          '@uuid': 'id-0',
          '@timestamp': '2026-11-26T12:30:00.007Z',
          event_type: 'click',
          input_id: 'input-1',
          input_label: 'Shop',
          input_type: 'native',
          restream_count: 2,
          '@parent_uuid': 'parent-1',
        },
      },
    })
    expect(heads).toEqual([[0, 0]])
  })

  it('has an id that counts up, where events are told at once', async () => {
    await using program = await opened(`
def transform(event):
    return {'id': event['_metadata']['@uuid'], 'restreamed': event['_metadata']['restream_count']}
`)
    const { outcomes, heads } = await program.run([{}, {}, {}], {
      events: [
        [2, 'ab-', 0xffffffff, 0, 0, receivedAt, receivedAt],
        ['own', 0, 0, receivedAt, receivedAt, 3, 0],
      ],
    })
    expect(outcomes.flat().map((line) => JSON.parse(line as string))).toEqual([
      { id: 'ab-ffffffff', restreamed: 0 },
      { id: 'ab-00000000', restreamed: 0 },
      { id: 'own', restreamed: 3 },
    ])
    expect(heads).toHaveLength(3)
  })

  it('has no parent where it was not split off, and its own `_metadata` is not taken for ours', async () => {
    await using program = await opened(`
def transform(event):
    return {'parent': '@parent_uuid' in event['_metadata'], 'forged': 'x' in event['_metadata']}
`)
    const { outcomes } = await program.run([{ _metadata: { x: 1 } }])
    expect(outcomes).toEqual([['{"parent":false,"forged":false}']])
  })

  it('becomes one, several or none', async () => {
    await using program = await opened(`
def transform(event):
    n = event['n']
    if n == 0: return None
    if n == 1: return event
    return [{'part': i, '_metadata': event['_metadata']} for i in range(n)]
`)
    const { outcomes, heads } = await program.run([{ n: 0 }, { n: 1 }, { n: 2 }, { n: -1 }])
    expect(outcomes).toEqual([[], ['{"n":1}'], ['{"part":0}', '{"part":1}'], []])
    expect(heads).toHaveLength(3)
  })

  it('may be returned twice', async () => {
    await using program = await opened(`
def transform(event):
    event['_metadata']['event_type'] = 'twin'
    return [event, event]
`)
    const { outcomes, heads } = await program.run([{ a: 1 }])
    expect(outcomes).toEqual([['{"a":1}', '{"a":1}']])
    expect(heads).toEqual([
      ['twin', 0],
      ['twin', 0],
    ])
  })

  it.each([
    ["event['_metadata']['event_type'] = 'sale'", ['sale', 0]],
    ["event['_metadata']['event_type'] = 'pa' + 'ge'", [0, 0]],
    ["del event['_metadata']", [0, 0]],
    ["event['_metadata'] = {}", [0, 0]],
    ["event['_metadata']['@timestamp'] = '2020-01-02T03:04:05.678Z'", [0, Date.UTC(2020, 0, 2, 3, 4, 5, 678)]],
    ["event['_metadata']['@timestamp'] = '2020-01-02 03:04:05+02:00'", [0, Date.UTC(2020, 0, 2, 1, 4, 5)]],
    ["event['_metadata']['@timestamp'] = 1577934245678", [0, 1577934245678]],
    ["import datetime; event['_metadata']['@timestamp'] = datetime.datetime(2020, 1, 2)", [0, Date.UTC(2020, 0, 2)]],
    ["event['_metadata']['@timestamp'] = '2026-11-26T12:30:00.007Z'", [0, 0]],
  ])('says of its type and time what the code changed: %s', async (statement, head) => {
    const { heads, outcomes } = await executed.run([{ a: 1, statement }])
    expect(heads).toEqual([head])
    expect(outcomes).toEqual([['{"a":1}']])
  })
})

describe('values', () => {
  it.each([
    ['integers of any size', '{"n":123456789012345678901234567890,"m":-9007199254740993}'],
    ['integers of ten thousand digits', `{"n":${'7'.repeat(10_000)}}`],
    ['numbers', '{"a":0.1,"b":-1.5e-07,"c":1e+22}'],
    ['text beyond ASCII', '{"Ключ":"naïve 漢字 😀","line":"a\\nb\\r\\u2028\\u0000"}'.replace('\\u2028', '\u2028')],
    ['an order of keys', '{"z":1,"a":2,"m":{"y":1,"b":2}}'],
    ['keys of `Object`', '{"__proto__":{"a":1},"constructor":1}'],
    ['nothing', '{}'],
    ['depth', `{"a":${'['.repeat(200)}${']'.repeat(200)}}`],
  ])('pass unharmed: %s', async (_, line) => {
    expect((await identity.run([line])).outcomes).toEqual([[line]])
  })

  it('that are no Unicode stay escapes', async () => {
    const { outcomes } = await identity.run(['{"a":"\\ud800 ü","\\udfff":1}', '{"a":"ü"}'])
    expect(outcomes).toEqual([['{"a":"\\ud800 \\u00fc","\\udfff":1}'], ['{"a":"ü"}']])
  })

  it('of a key that comes twice: the last', async () => {
    expect((await identity.run(['{"a":1,"b":2,"a":3}'])).outcomes).toEqual([['{"a":3,"b":2}']])
  })

  it('that JSON has no word for are null or text', async () => {
    await using program = await opened(`
from enum import IntEnum
class Color(IntEnum): RED = 3
def transform(event):
    nan = float('nan')
    return {'nan': nan, 'inf': [float('inf'), -float('inf')], 't': (1, 'ü'), 1: 'int', None: 'none', False: 'bool', 2.5: 'float', nan: 0,
            'enum': Color.RED}
`)
    const { outcomes } = await program.run([{}])
    expect(outcomes).toEqual([
      [
        '{"nan":null,"inf":[null,null],"t":[1,"\\u00fc"],"1":"int","null":"none","false":"bool","2.5":"float","null":0,"enum":3}',
      ],
    ])
  })

  it.each([
    ['{1, 2}', 'a set is no value of it'],
    ["b'bytes'", 'a bytes is no value of it'],
    ["__import__('datetime').datetime.now()", 'a datetime is no value of it'],
    ['{(1, 2): 3}', 'keys must be str, int, float, bool or None, not tuple'],
    ['event.update(v=[event])', 'Circular reference detected'],
    ['event.update(n=float("nan"), v=[event])', 'Circular reference detected'],
  ])('that JSON cannot hold cost the event: %s', async (value, message) => {
    const { outcomes } = await evaluated.run([
      { value: `event.setdefault('v', ${value}) and event or event` },
      { value: '{}' },
    ])
    expect(outcomes).toEqual([
      { code: 'transform_output', message: `What was returned cannot be written as JSON: ${message}` },
      ['{}'],
    ])
  })

  it.each([
    ["'text'", 'main.transform returned a str; it returns a dict, a list of dicts or None'],
    ['42', 'main.transform returned an int; it returns a dict, a list of dicts or None'],
    ['[event, None]', 'main.transform returned a list with a NoneType at index 1, not a dict'],
    ['(e for e in [event])', 'main.transform returned a generator; it returns a dict, a list of dicts or None'],
    ["{'_metadata': 7}", '_metadata is an int, not a dict'],
    ["{'_metadata': {'event_type': 7}}", '_metadata.event_type is an int, not text'],
    ["{'_metadata': {'@timestamp': 'soon'}}", `_metadata["@timestamp"] is no time: 'soon'`],
    ['[{}] * 1001', 'One event became 1001 events; 1000 may be'],
    ["{'a': 'ü' * 2_097_150}", 'What was returned for one event has more than 4194304 bytes as JSON'],
  ])('that are no events cost the event: %s', async (value, message) => {
    const { outcomes } = await evaluated.run([{ value }, { value: '{}' }])
    expect(outcomes).toEqual([{ code: 'transform_output', message }, ['{}']])
  })
})

describe('a mistake while it runs', () => {
  it('is told as Python tells it, with the place in the innermost code of the user', async () => {
    await using program = await opened({
      main: 'from parts import price\n\ndef transform(event):\n    event["p"] = price(event)\n    return event\n',
      parts: '\ndef price(event):\n    return sorted([1], key=lambda _: event["price"])\n',
    })
    const { outcomes } = await program.run([{ price: 1 }, {}, { price: 2 }])
    expect(outcomes).toEqual([
      ['{"price":1,"p":[1]}'],
      { code: 'transform_error', message: "KeyError: 'price'", module: 'parts', line: 3, column: 38 },
      ['{"price":2,"p":[1]}'],
    ])
  })

  it('within the standard library is placed where the code called it', async () => {
    await using program = await opened('import json\ndef transform(event):\n    return json.loads("{")\n')
    const { outcomes } = await program.run([{}])
    expect(outcomes[0]).toMatchObject({ code: 'transform_error', module: 'main', line: 3 })
    expect((outcomes[0] as { message: string }).message).toMatch(/^JSONDecodeError: Expecting property name/)
  })

  it.each([
    ['raise SystemExit(3)', 'SystemExit: 3'],
    ['raise KeyboardInterrupt', 'KeyboardInterrupt'],
    ['raise GeneratorExit', 'GeneratorExit'],
    ['import sys; sys.exit("bye")', 'SystemExit: bye'],
    ['transform(event | { "statement": statement })', 'RecursionError: maximum recursion depth exceeded'],
    ['class E(Exception):\n  def __str__(self): raise SystemExit\nraise E', 'E'],
    ['raise ExceptionGroup("many", [ValueError(1)])', 'ExceptionGroup: many (1 sub-exception)'],
  ])('ends an event and not the guest: %s', async (statement, message) => {
    const { outcomes } = await executed.run([{ statement }, { statement: 'pass' }])
    expect(outcomes[0]).toMatchObject({ code: 'transform_error', message, module: 'main' })
    expect(outcomes[1]).toEqual(['{}'])
    expect((await executed.run([{ statement: 'pass' }])).outcomes).toEqual([['{}']])
  })

  it('for lack of memory is told as such, and the next event has all of it again', async () => {
    await using program = await opened(
      `
def transform(event):
    event['length'] = len(bytearray(event['mb'] << 20))
    return event
`,
      { limits: { memoryBytes: 64 << 20 } },
    )
    const { outcomes } = await program.run([{ mb: 48 }, { mb: 100 }, { mb: 48 }])
    expect(outcomes[0]).toEqual(['{"mb":48,"length":50331648}'])
    expect(outcomes[1]).toMatchObject({ code: 'transform_memory', message: 'MemoryError', module: 'main', line: 3 })
    expect(outcomes[2]).toEqual(['{"mb":48,"length":50331648}'])
  })

  it('of an event that is no JSON costs that event alone', async () => {
    const { outcomes } = await identity.run(['{"a":1}', '{"a":', '{"a":2}'])
    expect(outcomes[0]).toEqual(['{"a":1}'])
    expect(outcomes[1]).toMatchObject({ code: 'transform_error' })
    expect(outcomes[2]).toEqual(['{"a":2}'])
  })
})

describe('code', () => {
  it('is refused with each mistake of syntax and its place, in the words of Python', async () => {
    expect(
      await refusal({
        main: 'def transform(event):\n    return event)\n',
        other: 'x = 1\n  y = 2\n',
        third: 'def transform(event):\n    return "é" if event else\n',
        fine: 'x = 1\n',
      }),
    ).toEqual([
      { field: 'main:2:17', message: "SyntaxError: unmatched ')'" },
      { field: 'other:2:2', message: 'IndentationError: unexpected indent' },
      { field: 'third:2:29', message: "SyntaxError: expected expression after 'else', but statement is given" },
    ])
  })

  it.each([
    ['x = 1\n', [{ field: 'main', message: 'There is no function transform(event)' }]],
    ['transform = 1\n', [{ field: 'main', message: 'There is no function transform(event)' }]],
    ['x = 1\ny = {}["a"]\n', [{ field: 'main:2:5', message: "KeyError: 'a'" }]],
    ['raise SystemExit(1)\n', [{ field: 'main:1:1', message: 'SystemExit: 1' }]],
    ['import nothing\n', [{ field: 'main:1:1', message: "ModuleNotFoundError: No module named 'nothing'" }]],
    [
      '\nasync def transform(event):\n    return event\n',
      [
        {
          field: 'main:2',
          message: 'transform is a coroutine or a generator; it must be a plain function that returns',
        },
      ],
    ],
    ['x = "\0"\n', [{ field: 'main', message: 'SyntaxError: source code string cannot contain null bytes' }]],
  ])('is refused where it cannot be loaded: %j', async (code, fields) => {
    expect(await refusal(code)).toEqual(fields)
  })

  it('has no modules called as those of Python', async () => {
    const names = ['json', 'run', 'os', 'sys', 'js', 'pyodide', '_io', 'typing', 'secrets', 'millrace_driver']
    const modules = Object.fromEntries(names.map((name) => [name, 'x = 1\n']))
    expect(await refusal({ main: 'def transform(event):\n    return event\n', ...modules })).toEqual(
      names.map((name) => ({ field: name, message: `${name} is a name of Python itself; choose another` })),
    )
  })

  it('has no module that cannot be imported by its name', async () => {
    const main = 'def transform(event):\n    return event\n'
    expect(await refusal({ main, class: 'x = 1\n' })).toEqual([
      { field: 'class', message: 'class cannot be imported by this name' },
    ])
  })

  it('is not run to be compiled, and may name only modules that there are', async () => {
    const module = { name: 'main', language: 'python', code: 'raise SystemExit\n' } as const
    expect(await python.compile([module], ['main'])).toEqual({ modules: [{ name: 'main', code: module.code }] })
    expect(await python.compile([module], ['main', 'other'])).toEqual({
      diagnostics: [{ module: 'other', message: 'There is no module of this name' }],
    })
  })

  it('of several modules runs in its order, and a part is changed by the next as if it were an event', async () => {
    await using program = await opened(
      {
        first: 'def transform(event):\n    return [event, {**event, "second": True}]\n',
        second: `
def transform(event):
    if event.get('second'):
        event['_metadata']['event_type'] = 'other'
    else:
        del event['_metadata']
    return event
`,
        third: 'def transform(event):\n    event["type"] = event["_metadata"]["event_type"]\n    return event\n',
      },
      { order: ['first', 'second', 'third'] },
    )
    const { outcomes, heads } = await program.run([{ a: 1 }])
    expect(outcomes).toEqual([['{"a":1,"type":"page"}', '{"a":1,"second":true,"type":"other"}']])
    expect(heads).toEqual([
      [0, 0],
      ['other', 0],
    ])
  })

  it('imports its modules and the standard library', async () => {
    await using program = await opened({
      main: `
import submodule
from submodule import double
import base64, collections, csv, datetime, decimal, hashlib, html, ipaddress, itertools, random, re, statistics, uuid, zlib, zoneinfo
import urllib.parse, xml.etree.ElementTree

def transform(event):
    return {
        'double': double(event['n']),
        'file': submodule.__file__,
        'sha': hashlib.sha256(b'a').hexdigest()[:8],
        'decimal': str(decimal.Decimal('0.1') * 3),
        'host': urllib.parse.urlsplit('https://example.com/a').hostname,
        'uuid': len(str(uuid.uuid4())),
        'now': datetime.datetime.now().year > 2000,
    }
`,
      submodule: 'def double(n):\n    return 2 * n\n',
    })
    expect((await program.run([{ n: 4 }])).outcomes).toEqual([
      ['{"double":8,"file":"submodule.py","sha":"ca978112","decimal":"0.3","host":"example.com","uuid":36,"now":true}'],
    ])
  })

  it('keeps its state from chunk to chunk, and shares no random numbers with another process', async () => {
    const code = `
import random
count = 0
def transform(event):
    global count
    count += 1
    return {'count': count, 'random': random.random(), 'hash': hash('text')}
`
    await using one = await opened(code)
    await using other = await opened(code)
    const numbers = await Promise.all([one, other].map(async ({ run }) => (await run([{}])).outcomes[0]))
    expect(numbers[0]).not.toEqual(numbers[1])
    expect(JSON.parse(((await one.run([{}])).outcomes[0] as string[])[0]!)).toMatchObject({ count: 2 })
  })

  it('reads secrets and lookups', async () => {
    await using program = await opened(
      `
def transform(event):
    return {'key': secrets.get('key'), 'none': secrets.get('other'), 'name': lookups.get('countries', 49),
            'missing': [lookups.get('countries', 'x'), lookups.get('x', 'y')], 'hidden': 'k-1' in repr(secrets)}
`,
      { secrets: { key: 'k-1' }, lookups: { countries: { 49: { name: 'Germany' } } } },
    )
    expect((await program.run([{}])).outcomes).toEqual([
      ['{"key":"k-1","none":null,"name":{"name":"Germany"},"missing":[null,null],"hidden":false}'],
    ])
  })

  it('is heard where it prints, up to a limit', async () => {
    await using program = await opened(
      `
import sys, logging
print('loaded')
def transform(event):
    print('é', event['n'])
    print('to err', file=sys.stderr)
    logging.warning('logged')
    sys.stdout.buffer.write(b'bytes\\n')
    print('x' * event['n'])
    return event
`,
      { limits: { printedBytesMax: 200 } },
    )
    expect((await program.run([{ n: 1 }])).printed).toBe('loaded\né 1\nto err\nWARNING:root:logged\nbytes\nx\n')
    const { printed } = await program.run([{ n: 1000 }])
    expect(printed).toMatch(/^é 1000\nto err\nWARNING:root:logged\nbytes\nx+\n… 8\d\d bytes more were printed$/)
    expect(Buffer.byteLength(printed)).toBeLessThanOrEqual(200)
    expect((await program.run([{ n: 1 }])).printed).toMatch(/^é 1\n/)
  })

  it('shows its own lines in a traceback that it prints', async () => {
    await using program = await opened(`
import traceback
def transform(event):
    try:
        return event['missing']
    except KeyError:
        traceback.print_exc()
`)
    const { printed } = await program.run([{}])
    expect(printed).toContain('File "main.py", line 5, in transform\n    return event[\'missing\']\n')
  })

  it('may spoil what it imports without spoiling how it is run', async () => {
    await using program = await opened(`
import builtins, json, os, sys
def transform(event):
    json.dumps = json.loads = os.write = os.read = None
    json.encoder.encode_basestring_ascii = json.encoder.c_make_encoder = None
    sys.stdout.close()
    sys.modules.clear()
    sys.meta_path.clear()
    builtins.len = builtins.isinstance = builtins.enumerate = builtins.type = builtins.dict = lambda *_: 1 / 0
    return [event, event] if 'b' in event else event
`)
    expect((await program.run([{ a: 1 }, { b: 1 }])).outcomes).toEqual([['{"a":1}'], ['{"b":1}', '{"b":1}']])
    expect((await program.run([{ a: 2 }], { careful: true })).outcomes).toEqual([['{"a":2}']])
  })
})

describe('careful mode', () => {
  it('gives the same outcomes', async () => {
    await using program = await opened('def transform(event):\n    return {"x": 1 / event["n"]}\n')
    const { outcomes } = await program.run([{ n: 1 }, { n: 0 }, { n: 2 }], { careful: true })
    expect(outcomes).toEqual([
      ['{"x":1.0}'],
      { code: 'transform_error', message: 'ZeroDivisionError: division by zero', module: 'main', line: 2, column: 18 },
      ['{"x":0.5}'],
    ])
  })
})
