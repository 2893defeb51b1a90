// Keeps what cannot be drawn from taking the rest of the page with it.
import { Component, type ComponentChildren } from "preact";

export class Boundary extends Component<{ children: ComponentChildren }, { failure: string | null }> {
  state = { failure: null };

  static getDerivedStateFromError(error: unknown) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }

  render() {
    return this.state.failure === null ? (
      this.props.children
    ) : (
      <p class="note" role="alert">
        This part cannot be drawn: {this.state.failure}
      </p>
    );
  }
}
