/** What a README promises: the commands in its fenced blocks, and the tasks that it names. */

/** A fenced block of Markdown. */
interface Block {
  readonly language: string;
  readonly text: string;
}

/** The fenced blocks of a document, in order. */
function blocks(markdown: string): Block[] {
  const found = markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm);
  return [...found].map(([, language = "", text = ""]) => ({ language, text }));
}

/** The commands of its `sh` blocks, continued lines joined, comments taken away. */
export function shellCommands(markdown: string): string[] {
  return blocks(markdown)
    .filter(({ language }) => language === "sh")
    .flatMap(({ text }) => commands(text));
}

/** Every `make` task that it names as code, in order and once. */
export function makeTasks(markdown: string): string[] {
  const named = markdown.matchAll(/(?:`|^)make ([a-z][a-z0-9-]*)/gm);
  return [...new Set([...named].map(([, task = ""]) => task))];
}

function commands(text: string): string[] {
  return text
    .replaceAll(/\\\n\s*/g, "")
    .split("\n")
    .map((line) => line.replace(/\s+# .*$/, "").trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}
