/**
 * What finding members is: where the values of some members of an object are, for what must be known of a record before all of it
 * is read, an envelope's `type`, `data`, `id`, `time`. Records were proved by a scan; nothing is checked again. `members.ts` opens one.
 */
export interface MemberFinder {
  /**
   * For each object `body[starts[i] .. ends[i])` and each key j, in their order, two offsets into the body, at `2 * (i * keyCount + j)`:
   * where the value of its own member of that key starts and where it ends; 0 and 0 if it has none, the last if it has several.
   * Escaped keys count as what they mean. The array is good until the finder is asked again.
   */
  find(body: Uint8Array, starts: Uint32Array, ends: Uint32Array): Uint32Array
}
