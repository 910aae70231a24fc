import { render } from "preact";
import "./style/tokens.css";
import "./style/base.css";
import "./style/shell.css";
import "./style/parts.css";
import "./style/tables.css";
import "./style/charts.css";
import "./style/dialog.css";
import "./style/pages.css";
import "./style/wholes.css";
import { App } from "./app.tsx";
import { followWhileSeen } from "./state/live.ts";

const root = document.getElementById("app");
if (root !== null) render(<App />, root);
followWhileSeen();
