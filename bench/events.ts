/** Events for the benchmarks: about 422 bytes of JSON, 17 fields, 13 of them text; the same index makes the same event. */

export interface BenchEvent {
  [field: string]: string | number | boolean
}

export function makeEvent(index: number): BenchEvent {
  const pick = (list: readonly string[], step: number) => list[Math.floor(index / step) % list.length]!
  const hex = (factor: number) => (Math.imul(index + 1, factor) >>> 0).toString(16).padStart(8, '0')
  return {
    id: `${hex(2654435761)}-${hex(40503).slice(0, 4)}-7${hex(69069).slice(0, 3)}-a${hex(7919).slice(0, 3)}-${hex(31)}${hex(131).slice(0, 4)}`,
    type: pick(['page_view', 'purchase', 'sign_up', 'search', 'add_to_cart'], 1),
    time: new Date(1_700_000_000_000 + index * 37).toISOString(),
    user: `user-${hex(97)}`,
    session: hex(1_000_003),
    url: `https://shop.example.com/products/${(index * 7919) % 10_000}?variant=blue&size=xl`,
    referrer: pick(
      ['https://www.google.com/search', 'https://news.example.org/today', 'https://mail.example.net/inbox'],
      3,
    ),
    country: pick(['DE', 'US', 'FR', 'BR', 'JP', 'IN'], 2),
    city: pick(['Köln', 'Chicago', 'Lyon', 'São Paulo', 'Osaka', 'Pune'], 2),
    browser: pick(['Firefox', 'Chrome', 'Safari'], 5),
    os: pick(['Windows', 'macOS', 'Android', 'iOS', 'Linux'], 7),
    campaign: pick(['spring-sale', 'newsletter', 'none'], 11),
    currency: pick(['EUR', 'USD', 'BRL'], 2),
    price: ((index * 7919) % 100_000) / 100,
    quantity: 1 + (index % 5),
    duration_ms: (index * 104_729) % 60_000,
    returning: index % 3 === 0,
  }
}
