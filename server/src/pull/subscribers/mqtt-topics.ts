/** Topics of MQTT: which filter one matches (MQTT 5.0 §4.7), and the event type that a template makes of it. Pure. */

/** Whether a topic matches a filter: `+` is one level, `#` any number of them at the end. Neither matches what begins with `$`. */
export function matchesFilter(topic: string, filter: string): boolean {
  const levels = topic.split('/')
  const wanted = filter.split('/')
  if (topic.startsWith('$') && /^[+#]/.test(filter)) return false
  for (const [index, level] of wanted.entries()) {
    if (level === '#') return index === wanted.length - 1
    if (index >= levels.length || (level !== '+' && level !== levels[index])) return false
  }
  return wanted.length === levels.length
}

/** Whether it is a filter that brokers take. */
export function isFilter(filter: string): boolean {
  if (filter === '' || filter.includes('\0') || Buffer.byteLength(filter) > 65_535) return false
  const levels = filter.split('/')
  return levels.every((level, index) =>
    level.includes('#') ? level === '#' && index === levels.length - 1 : !level.includes('+') || level === '+',
  )
}

/** `device_{1}` of `sensors/kitchen/t` → `device_kitchen`: levels count from 0, `{topic}` is all of it. */
export function eventTypeOf(topic: string, template: string): string {
  const levels = topic.split('/')
  return template.replaceAll(/\{(topic|\d+)\}/g, (_, name: string) =>
    name === 'topic' ? topic : (levels[Number(name)] ?? ''),
  )
}
