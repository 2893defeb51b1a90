// The words of the page.
const terms: [string, string][] = [
  ["lost", "Nothing points to it any more: it can never be released. What only it reached is its retained size."],
  ["cycle", "A group that nothing outside points to, and that keeps itself alive: owners that own each other."],
  ["possibly lost", "Reached only through pointers into its middle, which may be chance."],
  ["cache", "Reachable, and owned by a container that only takes in and never lets go."],
  ["growth", "Reachable and growing steadily, where no container was identified."],
  ["overdue", "A tracked object that outlived what its owner said of its life."],
  ["mismatch", "Allocated one way and freed another, freed twice, or freed though never allocated."],
  ["survivor", "Alive at the end of the run; no fault by itself."],
  ["block", "One piece of heap memory, as an allocating function handed it out."],
  ["site", "A stack and the allocating function at its end."],
  ["still", "A picture of the whole heap at one moment, from which paths, cycles and losses are told."],
  ["retained", "What would be released with it: its own bytes and those that only it reaches."],
  ["temporary", "Freed before the next allocation of the same thread."],
  ["fingerprint", "A finding's number: the same in every run, compiler and checkout as long as its innermost functions are the same."],
  ["baseline", "The file of findings that are accepted; only what is new against it makes a gate fail."],
  ["incomplete", "Some evidence is missing; that nothing was found then proves nothing."],
  ["peak", "The most bytes that were alive at once."],
];

export function Glossary() {
  return (
    <section id="glossary" aria-labelledby="glossary-heading">
      <h2 id="glossary-heading">Glossary</h2>
      <dl class="glossary">
        {terms.map(([term, text]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
