/** WMO weather interpretation codes, as Open-Meteo documents them. */
// prettier-ignore
const CODES: Record<number, string> = {
  0: '晴', 1: '大部晴朗', 2: '多云', 3: '阴', 45: '雾', 48: '雾凇',
  51: '小毛毛雨', 53: '毛毛雨', 55: '大毛毛雨', 61: '小雨', 63: '中雨', 65: '大雨', 66: '冻雨', 67: '强冻雨',
  71: '小雪', 73: '中雪', 75: '大雪', 77: '米雪', 80: '小阵雨', 81: '阵雨', 82: '强阵雨',
  85: '小阵雪', 86: '大阵雪', 95: '雷暴', 96: '雷暴伴冰雹', 99: '强雷暴伴冰雹',
}

export function describe(code: number): string {
  return CODES[code] ?? `天气代码 ${code}`
}
