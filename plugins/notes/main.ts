import { Plugin, store, type Command } from 'molten'

type Note = { number: number; text: string }
const MOST = 50

export default class Notes extends Plugin {
  async add({ text }: { text: string }, { person }: Command) {
    const notes = await read(person)
    if (notes.length >= MOST) return `最多 ${MOST} 条,请先删除一些`
    const number = 1 + (notes.at(-1)?.number ?? 0)
    await store.set(person, [...notes, { number, text }])
    return `已记下第 ${number} 条`
  }

  async list(_: object, { person }: Command) {
    const notes = await read(person)
    return notes.map(({ number, text }) => `${number}. ${text}`).join('\n') || '还没有便签'
  }

  async remove({ number }: { number: number }, { person }: Command) {
    const notes = await read(person)
    const rest = notes.filter((note) => note.number !== number)
    if (rest.length === notes.length) return `没有第 ${number} 条`
    await store.set(person, rest)
    return `已删除第 ${number} 条`
  }
}

async function read(person: string): Promise<Note[]> {
  return ((await store.get(person)) ?? []) as Note[]
}
