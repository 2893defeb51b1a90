// Where the reader is, kept in the part of the address behind '#', so that it can be shared:
// "#findings", "#finding/lost/0123456789abcdef".
import { useEffect, useState } from "preact/hooks";
import type { PageData } from "./data";

export interface Route {
  section: string;
  finding: number | null; // its index, when one is open
  isMissing: boolean; // one was asked for that this report does not have
}

export function addressOf(data: PageData, finding: number): string {
  const { kind, fingerprint } = data.report.findings[finding]!;
  // Several types of one site share a fingerprint; the first needs no number.
  const same = data.report.findings
    .slice(0, finding)
    .filter((each) => each.kind === kind && each.fingerprint === fingerprint).length;
  return `#finding/${kind}/${fingerprint}${same === 0 ? "" : `/${same + 1}`}`;
}

function parsed(data: PageData, address: string): Route {
  const [section = "", kind, fingerprint, number] = address.replace(/^#/, "").split("/");
  if (section !== "finding") {
    return { section, finding: null, isMissing: false };
  }
  let wanted = Number(number ?? 1);
  const finding = data.report.findings.findIndex(
    (each) => each.kind === kind && each.fingerprint === fingerprint && --wanted === 0,
  );
  return { section: "findings", finding: finding < 0 ? null : finding, isMissing: finding < 0 };
}

export function useRoute(data: PageData): Route {
  const [route, setRoute] = useState(() => parsed(data, location.hash));
  useEffect(() => {
    const follow = () => setRoute(parsed(data, location.hash));
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, [data]);
  return route;
}

export function openFinding(data: PageData, finding: number): void {
  location.hash = addressOf(data, finding);
}

export function closeFinding(): void {
  location.hash = "#findings";
}
