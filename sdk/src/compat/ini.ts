/** The ini file of Initial State's client, as Python's configparser reads it: sections, `name = value` or `name: value`, comments. */
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

export interface StreamerIni {
  readonly accessKey?: string | undefined
  readonly defaultBucket?: string | undefined
  readonly isOffline: boolean
  readonly offlineFile?: string | undefined
  readonly streamApiBase?: string | undefined
}

/** Of the file that is named, else of `~/isstreamer.ini`, else of `./isstreamer.ini`. @throws Error of the file system: that one is not there. */
export function readIni(location: string | undefined): StreamerIni {
  const found = location ?? [join(homedir(), name), name].find((path) => existsSync(path))
  const sections = parseIni(found === undefined ? '' : readFileSync(found, 'utf8'))
  const client = sections.get('isstreamer.client_config')
  return {
    accessKey: client?.get('access_key'),
    defaultBucket: client?.get('default_bucket'),
    isOffline: /^(true|yes|on|1)$/i.test(client?.get('offline_mode') ?? ''),
    offlineFile: client?.get('offline_file'),
    streamApiBase: sections.get('isstreamer.api_config')?.get('stream_api_base'),
  }
}

export function parseIni(text: string): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>()
  let section = new Map<string, string>()
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*[#;]/.test(line)) continue
    const [, title] = /^\s*\[([^\]]+)\]/.exec(line) ?? []
    const [, option, value] = /^\s*([^=:\s][^=:]*?)\s*[=:]\s*(.*?)\s*$/.exec(line) ?? []
    if (title !== undefined) {
      section = sections.get(title.trim()) ?? new Map<string, string>()
      sections.set(title.trim(), section)
    } else if (option !== undefined) section.set(option.toLowerCase(), value!)
  }
  return sections
}

const name = 'isstreamer.ini'
