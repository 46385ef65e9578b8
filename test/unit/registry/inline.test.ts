import assert from 'node:assert/strict'
import { test } from 'node:test'
import { table } from '../../../supervisor/capabilities/table.ts'
import { createManifestReader } from '../../../supervisor/registry/read-manifest.ts'
import { manifest } from '../../support/plugin-folder.ts'

const read = createManifestReader(table, () => null)

test('lines of inline code are the manifest’s own', () => {
  for (const end of ['\n', '\r\n']) {
    const text = manifest('inline', 'source: |  # code', '    // one', '    export default 1').replaceAll('\n', end)
    const { inline, faults } = read(text, 'x.yaml')
    assert.deepEqual(faults, [])
    const line = text.split(end).findIndex((one) => one.includes('export default'))
    assert.equal(inline?.code.split('\n')[line], 'export default 1')
    assert.equal(inline?.indent, 4)
  }
})

test('code on the key’s own line stays on that line', () => {
  const { inline } = read(manifest('inline', 'source: "export default 1"'), 'x.yaml')
  assert.equal(inline?.code, '\n\n\n\nexport default 1')
})
