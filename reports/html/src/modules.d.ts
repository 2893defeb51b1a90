// What libraries without types of their own are used as.
declare module "d3-flame-graph" {
  export interface FlameDatum {
    name: string;
    value: number;
    children: FlameDatum[];
  }
  export interface FlameNode {
    id: number;
    data: FlameDatum & { module: string; hide?: boolean };
    parent: FlameNode | null;
    children?: FlameNode[];
    highlight?: boolean;
    value: number;
  }
  export interface FlameGraph {
    (selection: unknown): void;
    width(pixels: number): FlameGraph;
    cellHeight(pixels: number): FlameGraph;
    transitionDuration(ms: number): FlameGraph;
    minFrameSize(pixels: number): FlameGraph;
    inverted(value: boolean): FlameGraph;
    resetHeightOnZoom(value: boolean): FlameGraph;
    onClick(call: (node: FlameNode) => void): FlameGraph;
    setLabelHandler(text: (node: FlameNode) => string): FlameGraph;
    setDetailsHandler(show: (text: string | null) => void): FlameGraph;
    setColorMapper(color: (node: FlameNode, original: string) => string): FlameGraph;
    setSearchMatch(match: (node: FlameNode, term: string) => boolean): FlameGraph;
    setSearchHandler(
      told: (found: FlameNode[], sum: number, total: number) => void,
    ): FlameGraph;
    search(term: string): void;
    clear(): void;
    resetZoom(): void;
    zoomTo(node: FlameNode): void;
    findById(id: number): FlameNode | null;
    update(data?: FlameDatum): FlameGraph;
    destroy(): void;
  }
  export default function flamegraph(): FlameGraph;
}

declare module "d3-selection" {
  export interface Selection {
    datum(value: unknown): Selection;
    call(body: unknown): Selection;
  }
  export function select(element: Element): Selection;
}

declare module "*.css";
