import { render } from "preact";
import { App } from "./app";
import { readData } from "./data";
import "uplot/dist/uPlot.min.css";
import "./style.css";

const place = document.getElementById("app")!;

// `data-ready` tells tests that the page is drawn, or that it cannot be.
readData(document.getElementById("data")!.textContent ?? "")
  .then((data) => {
    document.title = `${data.name ?? "libtrack"}: ${data.headline}`;
    place.replaceChildren();
    render(<App data={data} />, place);
    document.body.dataset.ready = "yes";
  })
  .catch((error: unknown) => {
    const text = error instanceof Error ? error.message : String(error);
    place.textContent = `This report cannot be shown: ${text}`;
    document.body.dataset.ready = "no";
  });
