import { Plugin, store, type Command } from 'molten'

export default class Notes extends Plugin {
  async add({ text }: { text: string }, { person }: Command) {
    const number = 1 + Math.max(0, ...(await numbers(person)))
    await store.set(key(person, number), text)
    return `已记下第 ${number} 条`
  }

  async list(_: object, { person }: Command) {
    const lines: string[] = []
    for (const number of await numbers(person)) lines.push(`${number}. ${await store.get(key(person, number))}`)
    return lines.join('\n') || '还没有便签'
  }

  async remove({ number }: { number: number }, { person }: Command) {
    return (await store.delete(key(person, number))) ? `已删除第 ${number} 条` : `没有第 ${number} 条`
  }
}

const key = (person: string, number: number) => `${person}/${number}`

async function numbers(person: string): Promise<number[]> {
  const keys = await store.list(`${person}/`)
  return keys.map((name) => Number(name.slice(name.lastIndexOf('/') + 1))).sort((a, b) => a - b)
}
