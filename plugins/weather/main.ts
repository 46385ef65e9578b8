import { Plugin, http } from 'molten'
import { describe } from './codes.ts'

type Place = { name: string; country?: string; latitude: number; longitude: number }
type Current = { temperature_2m: number; relative_humidity_2m: number; weather_code: number; wind_speed_10m: number }

export default class Weather extends Plugin<{ geocoding: string; forecast: string }> {
  async now({ city }: { city: string }) {
    const { results } = await this.read<{ results?: Place[] }>(
      `${this.config.geocoding}/v1/search?count=1&language=zh&name=${encodeURIComponent(city)}`,
    )
    const place = results?.[0]
    if (!place) return `没有找到「${city}」这个地方`
    const { current } = await this.read<{ current: Current }>(
      `${this.config.forecast}/v1/forecast?latitude=${place.latitude}&longitude=${place.longitude}` +
        '&current=temperature_2m,relative_humidity_2m,weather_code,wind_speed_10m',
    )
    return {
      title: `${place.name}天气`,
      markdown:
        `**${place.name}** ${describe(current.weather_code)} ${current.temperature_2m}℃  \n` +
        `湿度 ${current.relative_humidity_2m}% · 风速 ${current.wind_speed_10m} km/h`,
    }
  }

  private async read<T>(url: string): Promise<T> {
    const { status, body } = await http.fetch(url)
    if (status !== 200) throw new Error(`天气服务返回 ${status}`)
    return JSON.parse(body) as T
  }
}
