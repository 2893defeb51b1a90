// A small directed graph: the members of a cycle, or the way from a root to a block.
import dagre from "@dagrejs/dagre";
import { useMemo } from "preact/hooks";
import type { Cycle, Member, Step } from "./data";
import { bytesText, countText, plural } from "./format";

interface Node {
  title: string;
  detail: string;
  isRoot?: boolean;
}

interface Arrow {
  from: number;
  to: number;
  text: string;
  look: "strong" | "raw" | "unknown" | "advised";
}

const letter = 7.3; // of the style sheet's font for graphs, in pixels
const longest = 44;

function shortened(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}

function laidOut(nodes: Node[], arrows: Arrow[]) {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: "TB", nodesep: 40, ranksep: 46, edgesep: 24, marginx: 12, marginy: 12 });
  graph.setDefaultEdgeLabel(() => ({}));
  nodes.forEach((node, i) => {
    const width = Math.max(shortened(node.title).length, shortened(node.detail).length) * letter;
    graph.setNode(String(i), { width: width + 24, height: node.detail ? 44 : 30 });
  });
  arrows.forEach((arrow, i) => {
    const label = { width: shortened(arrow.text).length * letter + 8, height: 16, labelpos: "c" };
    graph.setEdge(String(arrow.from), String(arrow.to), label, String(i));
  });
  dagre.layout(graph);
  return graph;
}

function pathOf(points: { x: number; y: number }[]): string {
  return points.map(({ x, y }, i) => `${i === 0 ? "M" : "L"}${x.toFixed(1)},${y.toFixed(1)}`).join("");
}

function Graph({ nodes, arrows, label }: { nodes: Node[]; arrows: Arrow[]; label: string }) {
  const graph = useMemo(() => laidOut(nodes, arrows), [nodes, arrows]);
  const { width = 0, height = 0 } = graph.graph();
  return (
    <div class="graph">
      <svg
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={label}
      >
        <defs>
          <marker
            id="head"
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="10"
            markerHeight="10"
            markerUnits="userSpaceOnUse"
            orient="auto"
          >
            <path d="M0,0 L8,4 L0,8 z" />
          </marker>
        </defs>
        {arrows.map((arrow, i) => {
          const edge = graph.edge(String(arrow.from), String(arrow.to), String(i));
          return (
            <g key={i} class={`arrow ${arrow.look}`}>
              <title>{arrow.text}</title>
              <path d={pathOf(edge.points)} marker-end="url(#head)" />
              {arrow.text && edge.x !== undefined && edge.y !== undefined && (
                <text x={edge.x} y={edge.y + 4} text-anchor="middle">
                  {shortened(arrow.text)}
                </text>
              )}
            </g>
          );
        })}
        {nodes.map((node, i) => {
          const at = graph.node(String(i));
          return (
            <g key={i} class={node.isRoot ? "node root" : "node"}>
              <title>{node.title}</title>
              <rect
                x={at.x - at.width / 2}
                y={at.y - at.height / 2}
                width={at.width}
                height={at.height}
                rx="6"
              />
              <text x={at.x} y={node.detail ? at.y - 3 : at.y + 4} text-anchor="middle">
                {shortened(node.title)}
              </text>
              {node.detail && (
                <text class="detail" x={at.x} y={at.y + 13} text-anchor="middle">
                  {shortened(node.detail)}
                </text>
              )}
            </g>
          );
        })}
      </svg>
    </div>
  );
}

function fieldText(field: string | null, offset: number | null): string {
  return field ?? (offset === null ? "" : `+${offset}`);
}

// Larger ones are told by a list of their members.
const mostMembers = 60;
const mostEdges = 300;

function MemberList({ cycle }: { cycle: Cycle }) {
  const more = cycle.members.length - mostMembers;
  return (
    <>
      <p class="note">
        {plural(cycle.members.length, "member")} and {plural(cycle.edges.length, "edge")}, too many
        to draw. The members:
      </p>
      <ul>
        {cycle.members.slice(0, mostMembers).map((member, i) => (
          <li key={i}>
            {member.type ?? "(unknown type)"}: {memberText(member)}
          </li>
        ))}
        {more > 0 && <li>{countText(more)} more</li>}
      </ul>
    </>
  );
}

function memberText(member: Member): string {
  return `${plural(member.count, "block")}, ${bytesText(member.bytes)}`;
}

export function CycleGraph({ cycle }: { cycle: Cycle }) {
  const isLarge = cycle.members.length > mostMembers || cycle.edges.length > mostEdges;
  return isLarge ? <MemberList cycle={cycle} /> : <DrawnCycle cycle={cycle} />;
}

function DrawnCycle({ cycle }: { cycle: Cycle }) {
  const nodes = useMemo(
    () =>
      cycle.members.map((member) => ({
        title: member.type ?? "(unknown type)",
        detail: memberText(member),
      })),
    [cycle],
  );
  const arrows = useMemo(
    () =>
      cycle.edges.map((edge): Arrow => {
        const isAdvised = cycle.weaken.some(
          (advice) => advice.member === edge.from && advice.field === edge.field,
        );
        const text = fieldText(edge.field, edge.offset);
        return { from: edge.from, to: edge.to, text, look: isAdvised ? "advised" : edge.kind };
      }),
    [cycle],
  );
  if (nodes.length === 0) {
    return <p class="note">Its members are not known.</p>;
  }
  return (
    <>
      <Graph nodes={nodes} arrows={arrows} label="The members of the cycle and their fields" />
      <p class="legend">
        <span class="strong">owns</span> <span class="raw">points to</span>{" "}
        <span class="unknown">unknown</span>{" "}
        {cycle.weaken.length > 0 && <span class="advised">make this one weak</span>}
      </p>
    </>
  );
}

function stepNode(step: Step): Node {
  if (step.kind === "heap") {
    const by = step.allocated_in ? `allocated in ${step.allocated_in}` : "";
    return { title: step.type ?? "(unknown type)", detail: by };
  }
  const name = step.name ?? `(${step.kind})`;
  return { title: name, detail: [step.kind, step.module].filter(Boolean).join(" of "), isRoot: true };
}

interface Hop extends Node {
  field: string;
  times: number;
}

const mostHops = 40;

// Hops that look the same, as those along a list, are one; of a way that is still long, its ends.
function hopsOf(path: Step[]): Hop[] {
  const hops: Hop[] = [];
  for (const step of path) {
    const node = stepNode(step);
    const field = fieldText(step.field, step.offset);
    const last = hops.at(-1);
    if (last && last.title === node.title && last.detail === node.detail && last.field === field) {
      last.times += 1;
    } else {
      hops.push({ ...node, field, times: 1 });
    }
  }
  if (hops.length <= mostHops) {
    return hops;
  }
  const between = hops.slice(mostHops / 2, -mostHops / 2);
  const left = between.reduce((sum, hop) => sum + hop.times, 0);
  const gap = { title: `… ${plural(left, "more hop")}`, detail: "", field: "", times: 1 };
  return [...hops.slice(0, mostHops / 2), gap, ...hops.slice(-mostHops / 2)];
}

export function PathGraph({ path }: { path: Step[] }) {
  const [nodes, arrows] = useMemo(() => {
    const hops = hopsOf(path);
    return [
      hops.map((hop) => ({
        ...hop,
        title: hop.times === 1 ? hop.title : `${hop.title}, ${countText(hop.times)} times`,
      })),
      hops.slice(0, -1).map((hop, i): Arrow => ({
        from: i,
        to: i + 1,
        text: hop.field,
        look: "strong",
      })),
    ];
  }, [path]);
  return <Graph nodes={nodes} arrows={arrows} label="The way from a root to it" />;
}
