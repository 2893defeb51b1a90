// Trees of calls as the flame graph takes them: of one figure, callers first, the largest in front.
import { frameOf, type PageData } from "./data";

export interface FlameTree {
  name: string;
  module: string;
  value: number;
  children: FlameTree[];
}

export type Figure = "found" | "live" | "peak" | "allocations" | "temporary";

export const figures: { key: Figure; name: string; unit: "bytes" | "count" }[] = [
  { key: "found", name: "bytes of the findings", unit: "bytes" },
  { key: "live", name: "bytes alive at the end", unit: "bytes" },
  { key: "peak", name: "bytes at the peak", unit: "bytes" },
  { key: "allocations", name: "allocations", unit: "count" },
  { key: "temporary", name: "temporary allocations", unit: "count" },
];

const position: Record<Exclude<Figure, "found">, number> = {
  live: 0,
  peak: 1,
  allocations: 2,
  temporary: 3,
};

class Builder {
  readonly root: FlameTree = { name: "all", module: "", value: 0, children: [] };
  private readonly known = new Map<FlameTree, Map<string, FlameTree>>();

  child(parent: FlameTree, name: string, module: string): FlameTree {
    let children = this.known.get(parent);
    if (!children) {
      this.known.set(parent, (children = new Map()));
    }
    const key = `${module}\0${name}`;
    let child = children.get(key);
    if (!child) {
      child = { name, module, value: 0, children: [] };
      children.set(key, child);
      parent.children.push(child);
    }
    return child;
  }

  finish(): FlameTree {
    const open = [this.root];
    for (let node = open.pop(); node; node = open.pop()) {
      node.children = node.children.filter((child) => child.value > 0);
      node.children.sort((a, b) => b.value - a.value);
      open.push(...node.children);
    }
    return this.root;
  }
}

// Deeper stacks than any recorder takes come from nobody's program.
const deepest = 512;

function ofFindings(data: PageData): FlameTree {
  const tree = new Builder();
  // Survivors hold the same blocks as what is lost of them.
  const hasOthers = data.report.findings.some((finding) => finding.kind !== "survivor");
  for (const finding of data.report.findings) {
    const isTold = hasOthers && finding.kind === "survivor";
    if (finding.bytes === 0 || finding.suppressed || isTold) {
      continue;
    }
    let node = tree.root;
    node.value += finding.bytes;
    for (const number of finding.stack.slice(0, deepest).toReversed()) {
      const frame = frameOf(data, number);
      node = tree.child(node, frame.function, frame.module);
      node.value += finding.bytes;
    }
    if (finding.allocated_by) {
      tree.child(node, finding.allocated_by, "").value += finding.bytes;
    }
  }
  return tree.finish();
}

export function treeOf(data: PageData, figure: Figure): FlameTree {
  if (figure === "found") {
    return ofFindings(data);
  }
  const tree = new Builder();
  for (const calls of data.charts.trees) {
    const values = calls.values[position[figure]]!;
    const nodes: FlameTree[] = [tree.root];
    tree.root.value += values[0] ?? 0;
    for (let i = 1; i < calls.parent.length; ++i) {
      const parent = nodes[calls.parent[i]!]!;
      const name = data.texts[calls.function[i]!]!;
      const node = tree.child(parent, name, data.texts[calls.module[i]!]!);
      node.value += values[i]!;
      nodes.push(node);
    }
  }
  return tree.finish();
}
