/** Python that tries to get out finds nothing, and the next program runs as ever. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPythonGuests } from './python.fixture.ts'
import { executorLimits, openExecutor } from './python-executor.fixture.ts'

const limits = executorLimits

let guests: Awaited<ReturnType<typeof openPythonGuests>>

beforeAll(async () => {
  guests = await openPythonGuests()
})
afterAll(() => guests.close())

const execute = openExecutor(() => guests)

/** Finds the interpreter's own interface, of which the collector of garbage still knows. */
const findBridge = `
import gc
gc.unfreeze()
Proxy = next(c for c in object.__subclasses__() if c.__name__ == 'JsProxy')
proxies = [x for o in gc.get_objects() for x in gc.get_referents(o) if not isinstance(x, type) and isinstance(x, Proxy)]
api = next(p for p in proxies if hasattr(p, '_api'))
`

describe('a way out', () => {
  it.each<[string, string, RegExp]>([
    ['the module js', 'import js', /^ModuleNotFoundError/],
    ['the module pyodide_js', 'import pyodide_js', /^ModuleNotFoundError/],
    ['pyodide.code.run_js', 'from pyodide.code import run_js', /^ModuleNotFoundError/],
    ['the core of the bridge', 'import _pyodide_core', /^ModuleNotFoundError/],
    ['the finder of js', 'from _pyodide._importhook import jsfinder', /^ModuleNotFoundError/],
    ['importlib', "import importlib\nimportlib.import_module('js')", /^ModuleNotFoundError/],
    ['finders put back', 'import sys\nsys.meta_path[:] = sys.meta_path[2:]\nimport pyodide', /^ModuleNotFoundError/],
    [
      'the zip of the library',
      "import sys, zipimport\nz = next(p for p in sys.path if p.endswith('.zip'))\nzipimport.zipimporter(z).load_module('pyodide')",
      /^ZipImportError/,
    ],
    ['micropip', 'import micropip', /^ModuleNotFoundError/],
    ['pip', 'import ensurepip\nensurepip.bootstrap()', /Error/],
    ['a wheel from the network', "import urllib.request\nurllib.request.urlopen('https://pypi.org/simple/')", /Error/],
    ['a file of the machine', "open('/etc/passwd')", /^FileNotFoundError/],
    [
      'a file of the machine, by descriptor',
      "import os\nos.open('/proc/1/environ', os.O_RDONLY)",
      /^FileNotFoundError/,
    ],
    ['the shadow file by os.listdir', "import os\nos.listdir('/etc')", /^FileNotFoundError/],
    ['a socket', "import socket\nsocket.create_connection(('127.0.0.1', 22), 1)", /^OSError/],
    ['names of hosts', "import socket\nsocket.create_connection(('example.com', 80), 1)", /Error/],
    ['a device of its own', "import os\nos.open('/dev/frames', os.O_RDWR)", /^FileNotFoundError/],
    ['standard input', 'input()', /^EOFError/],
    ['a signal to the supervisor', 'import os\nos.kill(os.getppid(), 9)', /^PermissionError|ProcessLookupError/],
    ['a program in place of it', "import os\nos.execv('/bin/sh', ['sh'])", /Error/],
    ['a pipe from a program', "import os\nos.popen('id').read()", /Error/],
    [
      'JavaScript by a constructor',
      `${findBridge}api.constructor.constructor('return process')()`,
      /EvalError|Code generation/,
    ],
    [
      'JavaScript by a constructor of functions',
      `${findBridge}f = next(p for p in proxies if p.typeof == 'function')\nf.constructor('return import("fs")')()`,
      /EvalError|Code generation/,
    ],
    [
      'the interface: files of the host',
      `${findBridge}api.FS.mount(api.FS.filesystems.NODEFS, None, '/mnt')`,
      /^AttributeError/,
    ],
    ['the interface: a file of the host', `${findBridge}api.FS.readFile('/etc/passwd')`, /JsException|Error/],
    ['the interface: Node through the module', `${findBridge}api._module.process.binding('fs')`, /^AttributeError/],
  ])('is closed: %s', async (_, code, message) => {
    const { outcome } = (await execute(code)) as { outcome: { code: string; message: string } }
    expect(outcome).toMatchObject({ code: 'transform_error' })
    expect(outcome.message).toMatch(message)
  })

  it.each([
    ['the environment', 'import os\nresult = sorted(os.environ)', ['HOME', 'LANG', 'TZ']],
    [
      'paths of the machine',
      'import sys, os\nresult = [sys.executable, sys.argv, os.getcwd()]',
      ['/python', [''], '/'],
    ],
    ['a shell', "import os\nresult = os.system('id')", 127 << 8],
    ['a shell of the C library', "import ctypes\nresult = ctypes.CDLL(None).system(b'touch /tmp/x')", 127 << 8],
    ['who it is', 'import os\nresult = [os.getuid(), os.getpid()]', [65534, 42]],
    [
      'frames below it',
      'import sys\nf = sys._getframe()\nwhile f.f_back: f = f.f_back\nresult = f.f_code.co_name',
      'step',
    ],
    [
      'bridges among the loaded modules',
      "import sys\nresult = [m for m in sys.modules if 'pyodide' in m or m == 'js']",
      [],
    ],
    ['folders of the machine', "import os\nresult = 'work' in os.listdir('/') or 'root' in os.listdir('/')", false],
    ['standard output', "import os\nresult = os.write(1, b'forged') + os.write(2, b'forged')", 12],
  ])('leads nowhere: %s', async (_, code, result) => {
    expect(await execute(code)).toMatchObject({ outcome: [JSON.stringify({ result })] })
  })

  it.each([
    ['a socket to listen on', "import socket\ns = socket.socket()\ns.bind(('127.0.0.1', 0))\ns.listen()"],
    ['a script of the runtime', "import ctypes\nctypes.pythonapi.emscripten_run_script(b'process.exit()')"],
    [
      'a forged frame',
      "import os\nfor fd in range(3, 10):\n  try: os.write(fd, b'\\x02\\0\\0\\0\\0\\0\\0\\0{}')\n  except OSError: pass",
    ],
    [
      'a frame without end',
      "import os\nfor fd in range(3, 10):\n  try: os.write(fd, b'\\xff' * 100_000)\n  except OSError: pass",
    ],
  ])('ends the guest: %s', async (_, code) => {
    expect(await execute(code)).toMatchObject({ killed: expect.stringMatching(/crash|output/) })
    expect(await execute('result = 1')).toMatchObject({ outcome: ['{"result":1}'] })
  })

  it('of one program does not reach another', async () => {
    await execute("import builtins, json\nbuiltins.print = json.leak = 'stolen'")
    const other = await guests.open('import json\ndef transform(event):\n    return {"r": hasattr(json, "leak")}\n', {
      limits,
    })
    expect((await other.run([{}])).outcomes).toEqual([['{"r":false}']])
    other.guest.close()
  })
})
