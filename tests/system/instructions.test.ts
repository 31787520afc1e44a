/** What a call over REST costs the processor, in instructions: no change makes it a fifth dearer unseen. */
import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { type Counted, inGateway, inService } from "../bench/instructions.ts";
import { type Project, prepared } from "./support/project.ts";

/** Instructions of a generated gateway and service for each one of what is written by hand with the same libraries,
 * which newer versions of them change on both sides. Write down what is less; what is more needs a reason. */
const RECORDED = { gateway: 1.15, service: 1.19 };
const MORE = 1.2;

suite("a call over REST in instructions, beside one by hand", { concurrency: true }, () => {
  let project: Project;
  before(async () => {
    project = await prepared("minimal");
  });

  for (const [side, count] of [
    ["gateway", () => inGateway(project.folder, "gateway")],
    ["service", () => inService(project.folder, "vision")],
  ] as const) {
    test(side, async (context) => {
      const { byHand, generated }: Counted = await count();
      const ratio = generated / byHand;
      const found = `${generated.toFixed(3)} millions, ${byHand.toFixed(3)} by hand`;
      context.diagnostic(`${side}: ${found}: ${ratio.toFixed(3)}`);
      assert.ok(ratio < RECORDED[side] * MORE, `${found}; recorded: ${RECORDED[side]}`);
    });
  }
});
