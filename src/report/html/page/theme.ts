import { element } from "./element.js";

/** How the page looks: what canvases, which know no style sheets, must hear of. */
export type Theme = {
  /** Switches between light and dark. */
  readonly button: HTMLButtonElement;
  /** Whether the page is being printed: light, and with long tables written out. */
  isPrinting(): boolean;
  /** Calls back after light, dark or print has changed. */
  onChange(callback: () => void): void;
  /** A colour of the style sheet as it is now, by its name without dashes. */
  colour(name: string): string;
};

/** Follows the system's light or dark, the reader's choice, and printing. */
export const makeTheme = (): Theme => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const paper = matchMedia("print");
  const callbacks: (() => void)[] = [];
  const probe = element("span", { hidden: "" });
  document.body.append(probe);
  const button = element("button", { type: "button", class: "theme" });
  const isDark = () => (root.dataset["theme"] ?? (dark.matches ? "dark" : "light")) === "dark";
  const isPrinting = () => paper.matches || root.dataset["printing"] !== undefined;
  const changed = () => {
    button.textContent = isDark() ? "Light" : "Dark";
    button.setAttribute("aria-label", `Switch to ${isDark() ? "light" : "dark"} colours`);
    for (const callback of callbacks) callback();
  };
  button.addEventListener("click", () => {
    root.dataset["theme"] = isDark() ? "light" : "dark";
    changed();
  });
  dark.addEventListener("change", changed);
  paper.addEventListener("change", changed);
  // these come while the page still has its width and colours of the screen
  addEventListener("beforeprint", () => {
    root.dataset["printing"] = "";
    changed();
  });
  addEventListener("afterprint", () => {
    delete root.dataset["printing"];
    changed();
  });
  changed();
  return {
    button,
    isPrinting,
    onChange: (callback) => callbacks.push(callback),
    colour: (name) => {
      probe.style.color = `var(--${name})`;
      return getComputedStyle(probe).color;
    },
  };
};
