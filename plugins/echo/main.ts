import { Plugin } from 'molten'

export default class Echo extends Plugin {
  say({ text }: { text: string }) {
    return text
  }
}
