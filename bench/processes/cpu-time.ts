/** Tells the parent the port, then for each question the CPU seconds of this process, all threads, since the one before. */
export function tellCpuTime(port: number): void {
  let before = process.cpuUsage()
  process.on('message', () => {
    const { user, system } = process.cpuUsage(before)
    before = process.cpuUsage()
    process.send!({ cpuSeconds: (user + system) / 1e6 })
  })
  process.once('disconnect', () => process.exit(0))
  process.send!({ port })
}
