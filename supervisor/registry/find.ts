// Finds manifests in the plugin directories, one level deep. It opens none of them.
import { join } from 'node:path'
import type { Fault } from '../errors.ts'
import type { FilesPower } from './files.ts'
import { faultAt } from './place.ts'

/** A manifest, the folder that its code is read from, and the plugin directory that neither may leave. */
export type ManifestFile = { readonly file: string; readonly folder: string; readonly directory: string }

export type Found = {
  readonly manifests: readonly ManifestFile[]
  readonly faults: readonly Fault[]
  /** Folders that are there and cannot be listed: what was loaded from them is neither seen nor gone. */
  readonly unreadable: readonly string[]
}

/** `ANY.yaml` and `ANY/plugin.yaml` (or `.yml`) of each directory, in order. Names that begin with a dot or # are editors'. */
export async function findManifests(directories: readonly string[], files: FilesPower): Promise<Found> {
  const each = await Promise.all([...new Set(directories)].map((directory) => inDirectory(directory, files)))
  return {
    manifests: each.flatMap((found) => found.manifests),
    faults: each.flatMap((found) => found.faults),
    unreadable: each.flatMap((found) => found.unreadable),
  }
}

async function inDirectory(directory: string, files: FilesPower): Promise<Found> {
  const listing = await files.list(directory)
  if ('refused' in listing) {
    if (listing.refused === 'unreadable') return unlisted(directory)
    const place = { file: directory, line: 1, column: 1 }
    const cure = 'Create it, or remove it from plugins.directories'
    return { manifests: [], faults: [faultAt(place, 'this plugin directory does not exist', cure)], unreadable: [] }
  }
  const manifests: ManifestFile[] = []
  const faults: Fault[] = []
  const unreadable: string[] = []
  for (const { name, kind } of listing.entries) {
    if (/^[.#]/.test(name)) continue
    if (kind === 'folder') {
      const found = await inFolder(join(directory, name), directory, files)
      manifests.push(...found.manifests)
      faults.push(...found.faults)
      unreadable.push(...found.unreadable)
    } else if (/\.ya?ml$/.test(name)) {
      manifests.push({ file: join(directory, name), folder: directory, directory })
    }
  }
  return { manifests, faults, unreadable }
}

async function inFolder(folder: string, directory: string, files: FilesPower): Promise<Found> {
  const listing = await files.list(folder)
  if ('refused' in listing) {
    return listing.refused === 'unreadable' ? unlisted(folder) : { manifests: [], faults: [], unreadable: [] }
  }
  const [first, second] = listing.entries.map(({ name }) => name).filter((name) => /^plugin\.ya?ml$/.test(name))
  const manifests = first === undefined ? [] : [{ file: join(folder, first), folder, directory }]
  if (second === undefined) return { manifests, faults: [], unreadable: [] }
  const place = { file: join(folder, second), line: 1, column: 1 }
  return {
    manifests,
    faults: [faultAt(place, `${first} is there too, and counts`, 'Remove one of the two')],
    unreadable: [],
  }
}

function unlisted(folder: string): Found {
  const place = { file: folder, line: 1, column: 1 }
  const fault = faultAt(place, 'this folder cannot be listed', 'Let the user that runs Molten read it')
  return { manifests: [], faults: [fault], unreadable: [folder] }
}
