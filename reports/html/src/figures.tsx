// Names and what they amount to, in columns.
export type NamedFigure = [name: string, value: string];

export function FigureList({ figures }: { figures: NamedFigure[] }) {
  return (
    <dl class="figures">
      {figures.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
