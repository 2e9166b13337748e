/** Workspaces, sources and jobs as they were fetched last, kept in files, so that a program goes on with them without asking again. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { MetadataKind, MetadataTable } from './metadata.ts'

/** Over what the folder has of this kind and workspace; whole or not at all. @throws Error of the file system. */
export async function keepMetadata(folder: string, table: MetadataTable): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = pathOf(folder, table.kind, table.workspace)
  await writeFile(`${path}.new`, JSON.stringify(table), { mode: 0o600 })
  await rename(`${path}.new`, path)
}

/**
 * As {@link keepMetadata} left it; `refreshMetadata` brings it up to date, by what changed alone. Undefined where nothing was kept, or
 * what was is damaged.
 */
export async function restoreMetadata(
  folder: string,
  kind: MetadataKind,
  { workspace }: { workspace?: string } = {},
): Promise<MetadataTable | undefined> {
  try {
    const table = JSON.parse(await readFile(pathOf(folder, kind, workspace), 'utf8')) as MetadataTable
    return table.kind === kind && Array.isArray(table.rows) && typeof table.changedSince === 'string'
      ? table
      : undefined
  } catch {
    return undefined
  }
}

function pathOf(folder: string, kind: MetadataKind, workspace: string | undefined): string {
  return join(folder, workspace === undefined ? `${kind}.json` : `${kind}-${encodeURIComponent(workspace)}.json`)
}
