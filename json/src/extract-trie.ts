/** The tree of a mapping's leaves by their keys, checked: what both extractors walk beside the bytes. */
import type { Leaf } from './extraction.ts'

export interface TrieNode {
  /** 0 for the event's own object, then counted in the order the leaves name them. */
  readonly index: number
  /** Compared as JavaScript compares strings, so a lone surrogate is only equal to itself. */
  readonly key: string
  /** Place of the leaf that ends here, -1 if none does. */
  leaf: number
  readonly children: Map<string, TrieNode>
}

/** All nodes, each before its children; the first is the event's own object. @throws RangeError for leaves that are no mapping. */
export function buildTrie(leaves: readonly Leaf[], depthMax: number): TrieNode[] {
  const nodes: TrieNode[] = []
  const addNode = (key: string): TrieNode => {
    const node: TrieNode = { index: nodes.length, key, leaf: -1, children: new Map() }
    nodes.push(node)
    return node
  }
  const root = addNode('')
  for (const [place, leaf] of leaves.entries()) {
    checkLeaf(leaf, depthMax)
    let node = root
    for (const key of leaf.path) {
      let child = node.children.get(key)
      if (!child) {
        child = addNode(key)
        node.children.set(key, child)
      }
      node = child
    }
    if (node.leaf >= 0) throw new RangeError(`two leaves at ${JSON.stringify(leaf.path)}`)
    node.leaf = place
  }
  return nodes
}

function checkLeaf({ path, type, scale = -1 }: Leaf, depthMax: number): void {
  if (path.length < 1 || path.length > depthMax) {
    throw new RangeError(`a leaf's path has 1 to ${depthMax} keys, not ${path.length}`)
  }
  if (type === 'DECIMAL' && !(Number.isInteger(scale) && scale >= 0 && scale <= 38)) {
    throw new RangeError(`the scale of a DECIMAL is 0 to 38, not ${scale}`)
  }
}
